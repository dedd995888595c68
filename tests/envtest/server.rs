//! etcd and kube-apiserver on loopback ports and in a temporary folder, for one test.
//!
//! Invariant: both processes end with the value, also when a test panics; they are ended by their own handles.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::kubectl;

/// Starting both takes a few seconds; a busy machine gets more.
const READY: Duration = Duration::from_secs(120);
const TOKEN: &str = "envtest";

/// A running API server.
pub struct Server {
    children: Vec<(&'static str, Child)>,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts the programs of `assets` and waits until the server is ready.
    pub fn start(assets: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [client, peer, port] = free_ports();
        let mut server = Self { children: Vec::new(), port, folder };
        server.prepare();
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let at = server.folder.path().to_string_lossy().into_owned();
        server.spawn(
            assets,
            "etcd",
            &[
                format!("--data-dir={at}/etcd"),
                format!("--listen-client-urls={}", url(client)),
                format!("--advertise-client-urls={}", url(client)),
                format!("--listen-peer-urls={}", url(peer)),
                format!("--initial-advertise-peer-urls={}", url(peer)),
                format!("--initial-cluster=default={}", url(peer)),
                "--unsafe-no-fsync".to_owned(),
                "--log-level=error".to_owned(),
            ],
        );
        server.spawn(
            assets,
            "kube-apiserver",
            &[
                format!("--etcd-servers={}", url(client)),
                "--bind-address=127.0.0.1".to_owned(),
                "--advertise-address=127.0.0.1".to_owned(),
                format!("--secure-port={port}"),
                format!("--cert-dir={at}/certs"),
                format!("--token-auth-file={at}/tokens.csv"),
                "--authorization-mode=AlwaysAllow".to_owned(),
                // Storage drivers mount for others, and ask to.
                "--allow-privileged=true".to_owned(),
                "--disable-admission-plugins=ServiceAccount".to_owned(),
                format!("--service-account-key-file={at}/account.key"),
                format!("--service-account-signing-key-file={at}/account.key"),
                "--service-account-issuer=https://envtest.invalid".to_owned(),
                "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
            ],
        );
        server.wait();
        server
    }

    /// Runs kubectl against the server.
    pub fn kubectl(&self, args: &[&str], input: &str) -> (String, String, bool) {
        let url = format!("https://127.0.0.1:{}", self.port);
        let cache = self.folder.path().join("kubectl");
        let cache = cache.to_string_lossy();
        let mut all = vec!["--server", &url, "--token", TOKEN, "--insecure-skip-tls-verify", "--kubeconfig", "/dev/null", "--cache-dir", &cache];
        all.extend(args);
        kubectl::run(&all, input)
    }

    fn prepare(&self) {
        let at = self.folder.path();
        fs::create_dir(at.join("certs")).expect("writable");
        fs::write(at.join("tokens.csv"), format!("{TOKEN},envtest,envtest,system:masters\n")).expect("writable");
        let key = Command::new("openssl").args(["genrsa", "-out"]).arg(at.join("account.key")).arg("2048").stderr(Stdio::null()).status();
        assert!(key.is_ok_and(|it| it.success()), "openssl makes a key for service accounts");
    }

    fn spawn(&mut self, assets: &Path, name: &'static str, args: &[String]) {
        let log = File::create(self.log(name)).expect("writable");
        let errors = log.try_clone().expect("a second handle");
        let child = Command::new(assets.join(name)).args(args).current_dir(self.folder.path()).stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        self.children.push((name, child.unwrap_or_else(|error| panic!("cannot start {name}: {error}"))));
    }

    fn log(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while !self.kubectl(&["get", "--raw", "/readyz"], "").2 {
            for (name, child) in &mut self.children {
                let ended = child.try_wait().expect("its state can be asked for");
                assert!(ended.is_none(), "{name} ended: {ended:?}");
            }
            let logs: String = ["etcd", "kube-apiserver"].iter().map(|it| tail(&self.log(it))).collect();
            assert!(begun.elapsed() < READY, "the API server is not ready\n{logs}");
            std::thread::sleep(Duration::from_millis(100));
        }
        // Namespaces are admitted only once `default` exists, which the server makes after it is ready.
        while !self.kubectl(&["get", "namespace", "default"], "").2 {
            assert!(begun.elapsed() < READY, "the namespace `default` does not appear");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for (_, child) in self.children.iter_mut().rev() {
            // It may have ended by itself, which is what is wanted.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Ports that were free a moment ago; all are held until all are known, so that they differ.
fn free_ports() -> [u16; 3] {
    let listeners = [0; 3].map(|_| TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports"));
    listeners.map(|it| it.local_addr().expect("it is bound").port())
}

fn tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n") + "\n"
}
