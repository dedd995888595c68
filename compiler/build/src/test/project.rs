//! A project of which each file has several versions, good and bad; an edit exchanges one for another, or changes text blindly.

use std::collections::BTreeMap;

use store::Stat;

use super::world::Memory;

/// A small generator: the same seed, the same edits.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 11) % end.max(1) as u64) as usize
    }
}

/// Path and versions; the first ones together build. An empty version is no file.
const FILES: &[(&str, &[&str])] = &[
    (
        "clusters.vix",
        &[
            "cluster lab { kubernetes: \"1.36\", network: network.home, load_balancer { metallb { namespace: \"metallb-system\" } } }\ncluster far { kubernetes: \"1.36\" }\npool lab on cluster.lab { vlan: network.home.vlan.lab, static: 10.1.0.70..10.1.0.79, reserve dns: 10.1.0.71 }\n",
            "cluster lab { kubernetes: \"1.36\", network: network.home, load_balancer { metallb { namespace: \"metallb-system\" } } }\ncluster far { kubernetes: \"1.35\" }\npool lab on cluster.lab { vlan: network.home.vlan.lab, static: 10.1.0.60..10.1.0.79, reserve dns: 10.1.0.72 }\n",
            "cluster lab { kubernetes: \"1.36\", network: network.home, load_balancer { metallb { namespace: \"metallb-system\" } } }\ncluster far { kubernetes: \"1.36\" }\npool lab on cluster.lab { vlan: network.home.vlan.lab, static: 10.1.0.1..10.1.0.79, reserve dns: 10.1.0.71 }\n",
            "cluster lab { kubernetes: \"1.36\" }\ncluster far { kubernetes: \"1.36\" }\n",
        ],
    ),
    (
        "network.vix",
        &[
            "network home { vlan lab { id: 10, cidr: 10.1.0.0/24, gateway: 10.1.0.1 } }\n",
            "// moved\nnetwork home { vlan lab { id: 11, cidr: 10.1.0.0/24, gateway: 10.1.0.1 } }\n",
            "network home { vlan lab { id: 10, cidr: 10.2.0.0/24, gateway: 10.2.0.1 } }\n",
        ],
    ),
    (
        "settings.vix",
        &[
            "settings { domain: Hostname, zone: String = \"UTC\" }\n",
            "settings { domain: Hostname, zone: String = \"CET\" }\n",
            "settings { domain: Hostname, zone: Int = 3 }\n",
            "settings { zone: String = \"UTC\" }\n",
            "settings { domain: Hostname }\n",
            "",
        ],
    ),
    (
        "shared.vix",
        &[
            "let greeting: String = \"hello\"\nlet size: Int = 2\nfn loud(text: Text) -> Text = \"\\(text)!\"\n",
            "let greeting: String = \"good day\"\nlet size: Int = 3\nfn loud(text: Text) -> Text = \"\\(text)!\"\n",
            "let greeting: String = 7\nlet size: Int = 2\nfn loud(text: Text) -> Text = \"\\(text)!\"\n",
            "let size: Int = 2\nfn loud(text: Text) -> Text = \"\\(text)!\"\n",
            "let greeting: String = loud(\"x\")\nlet size: Int = 2\nfn loud(text: Text) -> Text = \"\\(text)\\(greeting)\"\n",
            "",
        ],
    ),
    ("other.vix", &["let greeting: String = \"from the other\"\nlet unused: Int = 1\n", "let greeting: String = \"from another\"\nlet unused: Int = 2\n", ""]),
    (
        "kinds.vix",
        &[
            "use shared.{loud}\nkind note {\n  text: Text = \"none\"\n  param times: Int(0..) = 1\n  lower(n) {\n    object ConfigMap \"\\(n.name)\" in \"default\" { data { text: loud(n.text), times: \"\\(n.times)\", env: here.env } }\n  }\n}\n",
            "use shared.{loud}\nkind note {\n  text: Text = \"empty\"\n  param times: Int(0..) = 1\n  lower(n) {\n    object ConfigMap \"\\(n.name)\" in \"default\" { data { text: loud(n.text), times: \"\\(n.times)\" } }\n  }\n}\n",
            "use shared.{loud}\nkind note {\n  text: Text = \"none\"\n  param count: Int(0..) = 1\n  lower(n) {\n    object ConfigMap \"\\(n.name)\" in \"default\" { data { text: loud(n.text), times: \"\\(n.count)\", env: here.env } }\n  }\n}\n",
            "use shared.{loud}\nkind note {\n  text: Text = \"none\"\n  param times: Int(0..) = 1\n  lower(n) {\n    object ConfigMap \"same\" in \"default\" { data { text: loud(n.text) } }\n  }\n}\n",
            "use shared.{loud}\nkind note {\n  text: Text = \"none\"\n  param times: Int(0..) = 1\n  lower(n) {\n    object ConfigMap \"\\(n.name)\" in \"default\" { data { text: loud(n.txt) } }\n  }\n}\n",
            "use shared.{loud}\nkind note {\n  text: Text\n  param times: Int(0..)\n  lower(n) {\n    object ConfigMap \"\\(n.name)\" in \"default\" { data { text: loud(n.text) } }\n  }\n}\n",
        ],
    ),
    (
        "namespaces.vix",
        &[
            "namespace tools { labels { \"level\": \"low\" } }\nnamespace web\n",
            "namespace tools { labels { \"level\": \"high\" } }\nnamespace web\n",
            "namespace tools\n",
            "namespace tools\nnamespace web\nnamespace tools\n",
            "namespace web\n",
        ],
    ),
    (
        "apps/a.vix",
        &[
            "use shared.{greeting}\napp a {\n  params { copies: Int(0..) = 1 }\n  namespace: tools\n  replicas: params.copies\n  container main { image: \"nginx:1.27\", port http { number: 80 }, env { HELLO: greeting, ZONE: settings.zone } }\n  service main { ports: [http] }\n}\n",
            "use other.{greeting}\napp a {\n  params { copies: Int(0..) = 1 }\n  namespace: tools\n  replicas: params.copies\n  container main { image: \"nginx:1.27\", port http { number: 80 }, env { HELLO: greeting, ZONE: settings.zone } }\n  service main { ports: [http] }\n}\n",
            "use shared.{greeting}\n// a comment\napp a {\n  params { copies: Int(0..) = 1 }\n  namespace: tools\n  replicas: params.copies\n  container main { image: \"nginx:1.28\", port http { number: 80 }, env { HELLO: greeting, ZONE: settings.zone } }\n  service main { ports: [http] }\n}\n",
            "use shared.{greeting}\napp a {\n  params { number: Int(0..) = 1 }\n  namespace: web\n  replicas: params.number\n  container main { image: \"nginx:1.27\", port http { number: 80 }, env { HELLO: greeting } }\n  service front { ports: [http] }\n}\n",
            "use shared.{greeting}\napp a {\n  params { copies: Int(0..) = 1 }\n  namespace: tools\n  replicas: params.copies\n  container main { image: \"nginx:1.27\", port http { number: 80 }, env { HELLO: greeting, ZONE: settings.zone \n  service main { ports: [http] }\n}\n",
            "use gone.{greeting}\napp a {\n  params { copies: Int(0..) = 1 }\n  namespace: tools\n  replicas: params.copies\n  container main { image: \"nginx:1.27\", port http { number: 80 } }\n  service main { ports: [http] }\n}\n",
            "",
        ],
    ),
    (
        "apps/b.vix",
        &[
            "app b {\n  namespace: web\n  container main { image: \"nginx:1.27\", port http { number: 80 }, env { A: app.a.service.main.host } }\n}\n",
            "app b {\n  namespace: web\n  container main { image: \"nginx:1.27\", port http { number: 8080 }, env { A: app.a.service.main.host } }\n}\n",
            "app b {\n  namespace: web\n  container main { image: \"nginx:1.27\", port http { number: \"x\" } }\n}\n",
            "app b {\n  namespace: web\n  container main { image: \"nginx:1.27\", port http { number: 80 }, env { A: app.a.service.nothing.host } }\n}\n",
            "app b {\n  namespace: web\n  container main { image: \"nginx:1.27\" }\n}\napp e { namespace: tools, container main { image: \"busybox:1.37\" } }\n",
            "app bee {\n  namespace: web\n  container main { image: \"nginx:1.27\", port http { number: 80 }, env { A: app.a.service.main.host } }\n}\n",
            "",
        ],
    ),
    (
        "apps/c.vix",
        &[
            "app c {\n  namespace: tools\n  container main { image: \"nginx:1.27\", port dns { number: 53 } }\n  config files { data { \"c.txt\": file(\"files/c.txt\") } }\n  service dns { type: \"LoadBalancer\", ip: pool.lab.reserve.dns, ports: [dns] }\n}\n",
            "app c {\n  namespace: tools\n  container main { image: \"nginx:1.27\", port dns { number: 53 } }\n  config files { data { \"c.txt\": file(\"files/d.txt\") } }\n  service dns { type: \"LoadBalancer\", ip: 10.1.0.75, ports: [dns] }\n}\n",
            "app c {\n  namespace: tools\n  container main { image: \"nginx:1.27\", port dns { number: 53 } }\n  service dns { type: \"LoadBalancer\", ip: 10.9.9.9, ports: [dns] }\n}\n",
            "app c {\n  namespace: tools\n  container main { image: \"nginx:1.27\", port dns { number: 53 } }\n}\n",
        ],
    ),
    (
        "apps/notes.vix",
        &[
            "use shared.{greeting}\nnote one { text: greeting }\nnote two { text: \"\\(greeting) from \\(settings.zone)\" }\nnote three { text: \"see \\(app.a.name)\" }\n",
            "use shared.{greeting}\nnote one { text: greeting }\nnote two { text: \"plain\" }\nnote three { text: \"see \\(app.a.name) and \\(app.c.name)\" }\n",
            "note one { text: \"one\" }\nnote two\nnote three\nnote four { text: \"nobody lists me \\(settings.zone)\" }\n",
            "note one { text: missing }\nnote two\nnote three\n",
            "note one { text: \"one\" }\nnote two\n",
            "note one { text: \"one\" }\nnote two\nnote three { text: \"see \\(app.b.name)\" }\n",
        ],
    ),
    (
        "apps/twin.vix",
        &[
            "",
            "note one { text: \"twin\" }\n",
            "kind note { lower(n) { object ConfigMap \"x\" in \"default\" {} } }\n",
            "env dev { cluster: cluster.far }\n",
            "let greeting: String = \"nobody uses me\"\n",
            "use shared.{size}\n",
            "use shared.{nothing}\n",
            "use nowhere.{at}\n",
            "use nowhere.{at}\nnote spare\n",
            "note spare { text: \"\\(app.a.service.nothing.host)\" }\n",
            "namespace extra\n",
        ],
    ),
    (
        "apps/thief.vix",
        &[
            "app thief {\n  namespace: tools\n  container main { image: \"nginx:1.27\", port dns { number: 53 } }\n  service dns { type: \"LoadBalancer\", ip: 10.1.0.71, ports: [dns] }\n}\n",
            "",
        ],
    ),
    (
        "truths.vix",
        &[
            "use shared.{size}\ncheck \"few copies\" = all d in objects(Deployment) => (d.spec.replicas ?? 1) <= size + 4\ncheck \"a answers\" for env.dev = app.a.service.main.host == \"a.tools.svc\"\ntest \"notes\" = build(env.dev).object(ConfigMap, \"one\").data[\"times\"] == \"3\"\ntest \"size\" = size == 2\n",
            "use shared.{size}\ncheck \"few copies\" = all d in objects(Deployment) where d.metadata.name != \"b\" => (d.spec.replicas ?? 1) <= size\ncheck \"notes\" = all n in objects(ConfigMap) => n.data[\"times\"]?\ntest \"notes\" = build(env.dev).objects(ConfigMap).len == build(env.prod).objects(ConfigMap).len\n",
            "check \"prod\" for env.prod = all d in objects(Deployment) => all c in d.spec.template.spec.containers => !(c.image ?? \"\").contains(\"1.28\")\ncheck \"no such field\" for env.dev = all d in objects(Deployment) => d.spec.copies == 1\n",
            "check \"c\" = any s in objects(Service) => s.metadata.name == app.c.name\ncheck \"levels\" = all n in objects(Namespace) => n.metadata.labels[\"level\"] != \"high\"\ntest \"gone\" = build(env.gone).objects(Service).empty\n",
            "",
        ],
    ),
    ("files/c.txt", &["content of c\n", "other content\n", ""]),
    ("files/d.txt", &["", "content of d\n"]),
    (
        "envs/dev.vix",
        &[
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\" }\n  app a { copies: 2 }\n  app b\n  app c\n  note one { times: 3 }\n  note two\n  note three\n}\n",
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\" }\n  app a { copies: 3 }\n  app b\n  app c\n  note one { times: 4 }\n  note two\n  note three\n}\n",
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\", zone: \"GMT\" }\n  app a\n  app b\n  app c\n  note two\n}\n",
            "env dev {\n  cluster: cluster.far\n  settings { domain: \"dev.example.test\" }\n  app a\n  app c\n  note three\n}\n",
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\" }\n  app a { copies: \"two\" }\n  app nothing\n  note one { time: 3 }\n}\n",
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\" }\n  app a { copies: 2 }\n  app b\n  app c\n  note one { time: 3 }\n  note two\n  note three\n}\n",
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\" }\n  app a { copies: 2 }\n  app b\n  app c\n  app thief\n  note one { times: 3 }\n  note two\n  note three\n}\n",
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\", zoom: 1 }\n  app b\n}\n",
            "env dev {\n  cluster: cluster.lab\n  settings { domain: \"dev.example.test\" }\n  app a { replicas: 2 }\n  note one\n",
            "",
        ],
    ),
    (
        "envs/prod.vix",
        &[
            "env prod {\n  cluster: cluster.far\n  settings { domain: \"example.test\" }\n  app a { copies: 5 }\n  note one\n}\n",
            "env prod {\n  cluster: cluster.far\n  settings { domain: \"example.test\" }\n  app a { copies: 5 }\n  app b\n  note one { times: 9 }\n  note two\n}\n",
            "env prod {\n  cluster: cluster.lab\n  settings { domain: \"example.test\" }\n  app c\n  note one\n}\n",
            "env prod over layer.big {\n  cluster: cluster.far\n  settings { domain: \"example.test\" }\n  app a { copies: 7 }\n}\n",
            "env prod over layer.big {\n  cluster: cluster.far\n  settings { domain: \"example.test\" }\n  remove note two\n  app a as a-twin { copies: 9 }\n  each Deployment { metadata.labels { tier: \"prod\" } }\n}\n",
            "use traits.{marked}\nenv prod over layer.base {\n  cluster: cluster.far\n  settings { domain: \"example.test\" }\n  app a { patch Deployment a { spec.template.spec.containers a { args: [\"-v\"] } }, with marked(mark: \"x\") }\n}\n",
            "env prod over layer.gone {\n  cluster: cluster.far\n}\n",
            "env prod {\n  cluster: cluster.lab\n  uses: [env.dev]\n  settings { domain: \"example.test\" }\n  note four\n}\nnote four { text: app.a.service.main.host }\n",
            "",
        ],
    ),
    (
        "layers.vix",
        &[
            "layer base {\n  app a\n  note one\n}\nlayer big over layer.base {\n  app a { copies: 4 }\n  note two { times: 2 }\n  each Deployment expect any { spec.revisionHistoryLimit: 1 }\n}\n",
            "layer base {\n  app a\n  note one { times: 5 }\n}\nlayer big over layer.base {\n  app a { copies: 6 }\n  note two\n  each Deployment { spec.revisionHistoryLimit: 2 }\n}\n",
            "layer base {\n  note one\n  app b\n}\nlayer big over layer.base {\n  note two\n}\n",
            "use traits.{marked}\nlayer base {\n  app a { with marked(mark: \"base\") }\n  note one\n  patch ConfigMap one { metadata.labels { from: \"layer\" } }\n}\nlayer big over layer.base {\n  note two { tims: 2 }\n}\n",
            "layer base over layer.big {}\nlayer big over layer.base {}\n",
            "// only big\nlayer big {\n  app a\n  each DaemonSet { metadata.labels { x: \"1\" } }\n}\n",
            "",
        ],
    ),
    (
        "traits.vix",
        &[
            "trait marked(mark: String) on Deployment { metadata.annotations { mark: mark } }\n",
            "trait marked(mark: String) on d: Deployment { metadata.annotations { mark: \"\\(mark)!\" }, object ConfigMap \"\\(d.metadata.name)-mark\" { data { mark: mark } } }\n",
            "trait marked(mark: String) on StatefulSet { metadata.annotations { mark: mark } }\n",
            "trait marked(mark: Int) on Deployment { spec.replicas: mark }\n",
            "",
        ],
    ),
];

/// The project on its way.
pub struct Edits {
    versions: BTreeMap<&'static str, String>,
    stats: BTreeMap<&'static str, Stat>,
    denied: Option<&'static str>,
    clock: i64,
}

/// 2001-09-09.
const LONG_AGO_NS: i64 = 1_000_000_000_000_000_001;

impl Edits {
    pub fn new() -> Self {
        let mut it = Self { versions: BTreeMap::new(), stats: BTreeMap::new(), denied: None, clock: 0 };
        for (path, versions) in FILES {
            it.set(path, versions[0].to_owned());
        }
        it
    }

    pub fn set(&mut self, path: &'static str, text: String) {
        self.clock += 1;
        self.stats.insert(path, Stat { size: text.len() as u64, mtime_ns: LONG_AGO_NS + self.clock * 1_000_000, inode: 1 });
        self.versions.insert(path, text);
    }

    pub fn replace(&mut self, path: &'static str, old: &str, new: &str) {
        assert!(self.versions[path].contains(old), "{old} is not in {path}");
        let text = self.versions[path].replace(old, new);
        self.set(path, text);
    }

    /// Every version of every file but the first ones.
    pub fn all() -> Vec<(&'static str, usize)> {
        FILES.iter().flat_map(|(path, versions)| (1..versions.len()).map(|it| (*path, it))).collect()
    }

    pub fn version(&mut self, (path, version): (&'static str, usize)) {
        let versions = FILES.iter().find(|it| it.0 == path).expect("a file of the project").1;
        self.set(path, versions[version].to_owned());
    }

    /// A remark in some file that is there, which means nothing.
    pub fn remark(&mut self, random: &mut Random) -> &'static str {
        let there: Vec<&'static str> = self.versions.iter().filter(|it| it.0.ends_with(".vix") && !it.1.is_empty()).map(|it| *it.0).collect();
        let path = there[random.below(there.len())];
        // Inside of a declaration where there is one, so that places in it move.
        let text = match self.versions[path].split_once("{\n") {
            Some((head, rest)) => format!("{head}{{ // {}\n{rest}", self.clock),
            None => format!("// {}\n{}", self.clock, self.versions[path]),
        };
        self.set(path, text);
        path
    }

    /// Mostly one file goes back to its first version, sometimes it gets another, so that the project is often whole.
    pub fn step(&mut self, random: &mut Random) -> String {
        let (path, versions) = FILES[random.below(FILES.len())];
        let what = random.below(20);
        match what {
            0..=7 => {
                let changed: Vec<_> = FILES.iter().filter(|it| self.versions[it.0] != it.1[0]).collect();
                if let Some((path, versions)) = changed.get(random.below(changed.len())) {
                    self.set(path, versions[0].to_owned());
                    return format!("{path} is as at first");
                }
                self.set(path, versions[0].to_owned());
                format!("{path} is touched")
            }
            8..=14 => {
                let version = random.below(versions.len());
                self.set(path, versions[version].to_owned());
                format!("{path} gets version {version}")
            }
            15 => {
                self.denied = if self.denied.is_none() { Some(path) } else { None };
                self.clock += 1;
                self.stats.entry(path).and_modify(|it| it.mtime_ns += 17);
                format!("may not be read: {:?}", self.denied)
            }
            _ => self.blind(path, what, random),
        }
    }

    fn blind(&mut self, path: &'static str, what: usize, random: &mut Random) -> String {
        let mut lines: Vec<String> = self.versions[path].lines().map(str::to_owned).collect();
        if lines.is_empty() {
            return "nothing".to_owned();
        }
        let at = random.below(lines.len());
        match what {
            16 => lines.insert(at, "// a remark".to_owned()),
            17 => drop(lines.remove(at)),
            18 => lines[at] = lines[at].replace('1', "2"),
            _ => {
                let line = lines[at].clone();
                lines.insert(at, line);
            }
        }
        self.set(path, lines.join("\n") + "\n");
        format!("{path}:{} blind change {what}", at + 1)
    }

    pub fn files(&self) -> Memory {
        let mut out = Memory::default();
        for (path, text) in self.versions.iter().filter(|it| !it.1.is_empty()) {
            out.files.insert((*path).to_owned(), (text.clone().into_bytes(), self.stats[path]));
        }
        out.denied = self.denied.iter().map(|it| (*it).to_owned()).collect();
        out
    }
}
