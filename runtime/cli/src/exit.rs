//! How a run ended, as the number that scripts see. The only list of exit codes; the manual is made from it.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done; warnings alone end so too.
    Ok,
    /// The source is wrong, an input is missing or unreadable, warnings were denied, or `fmt --check` found a difference.
    Source,
    /// The command was called in a way it does not understand.
    Usage,
    /// Changes exist; only where `--exit-code` asks for it.
    Changes,
    /// Something was written to the cluster and not all of it is healthy: run it again.
    Unhealthy,
    /// Nothing was written: the cluster refused or was not reachable.
    Refused,
    /// Another run holds the lease.
    Leased,
    /// A policy, a window or a danger gate stopped the run.
    Gated,
    /// A fault of vix itself.
    Bug,
    /// This machine failed: disk full, permission denied.
    Machine,
    /// The reader of standard output went away (128 + SIGPIPE).
    Pipe,
}

impl Exit {
    /// Every way to end, in the order of the numbers.
    pub const ALL: [Self; 11] =
        [Self::Ok, Self::Source, Self::Usage, Self::Changes, Self::Unhealthy, Self::Refused, Self::Leased, Self::Gated, Self::Bug, Self::Machine, Self::Pipe];

    /// The number; those from 64 on follow BSD's `sysexits.h`, except `Pipe`, which follows the shells' 128 + n.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Source => 1,
            Self::Usage => 2,
            Self::Changes => 3,
            Self::Unhealthy => 4,
            Self::Refused => 5,
            Self::Leased => 6,
            Self::Gated => 7,
            Self::Bug => 70,
            Self::Machine => 74,
            Self::Pipe => 141,
        }
    }

    /// One line for the help.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done; warnings alone end so too",
            Self::Source => "the source is wrong, or an input is missing",
            Self::Usage => "the command was called wrongly",
            Self::Changes => "changes exist (only with --exit-code)",
            Self::Unhealthy => "something was written and not all is healthy: run it again",
            Self::Refused => "nothing was written: the cluster refused or is not reachable",
            Self::Leased => "another run holds the lease",
            Self::Gated => "a policy, window or danger gate stopped it",
            Self::Bug => "a bug in vix",
            Self::Machine => "this machine failed: disk, permission",
            Self::Pipe => "the reader of the output went away",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn every_number_stands_for_one_thing() {
        let mut codes = Exit::ALL.map(Exit::code).to_vec();
        assert!(codes.is_sorted());
        codes.dedup();
        assert_eq!(codes.len(), Exit::ALL.len());
    }
}
