//! Runs kubectl in tests, offline; says so where it is not installed.
//!
//! Not part of the product.

use std::{
    env, fs,
    io::Write as _,
    path::PathBuf,
    process::{self, Command, Stdio},
    thread,
};

/// Whether kubectl is on the path. If not, the test says that it was skipped.
fn installed() -> bool {
    let found = env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join("kubectl").is_file()));
    if !found {
        eprintln!("skipped: kubectl is not on PATH");
    }
    found
}

fn run(command: &mut Command, input: Vec<u8>) -> String {
    // No cluster may be reached, whatever the machine is set up for.
    let command = command.env("KUBECONFIG", "/dev/null").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kubectl is installed");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("kubectl ends");
    writer.join().expect("the writer does not panic").expect("kubectl reads its input");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("kubectl prints UTF-8")
}

/// What kubectl reads in a manifest, as JSON; an annotation `x: y` is added.
pub fn read(manifest: Vec<u8>) -> Option<String> {
    installed().then(|| run(Command::new("kubectl").args(["annotate", "--local", "-f", "-", "-o", "json", "x=y"]), manifest))
}

/// What `kubectl kustomize` makes of a folder with these files.
pub fn kustomize(kustomization: &str, files: &[(&str, &[u8])]) -> Option<String> {
    if !installed() {
        return None;
    }
    let folder: PathBuf = env::temp_dir().join(format!("vix-kustomize-{}", process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder is writable");
    for (name, content) in files.iter().chain(&[("kustomization.yaml", kustomization.as_bytes())]) {
        fs::write(folder.join(name), content).expect("the temporary folder is writable");
    }
    let output = run(Command::new("kubectl").arg("kustomize").arg(&folder), Vec::new());
    fs::remove_dir_all(&folder).expect("the temporary folder is ours");
    Some(output)
}
