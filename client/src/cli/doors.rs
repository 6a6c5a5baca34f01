//! Which commands run where: in a process of their own, in the process that holds the home, from a page.

use thamvan_proto::directory::Statement;

use super::admin::authority::AuthorityCommand;
use super::admin::field::FieldCommand;
use super::admin::policy::PolicyCommand;
use super::admin::seat::SeatCommand;
use super::admin::{AdminCommand, AgencyCommand, OfficialCommand};
use super::audit::AuditCommand;
use super::consult::{ConsultCommand, export::Export};
use super::drafts::{DraftsCommand, OutboxCommand};
use super::proposal::ProposalCommand;
use super::{Command, message};

/// What a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// No home.
    Nothing,
    /// The home, which whoever holds it may lend.
    Home,
    /// The home for itself.
    HomeAlone,
}

/// What a command needs.
pub(super) fn needs(command: &Command) -> Needs {
    match command {
        Command::Status
        | Command::Devices
        | Command::Channels
        | Command::Read(_)
        | Command::Send(_)
        | Command::Fetch(_)
        | Command::Explain(_)
        | Command::Disclose(_)
        | Command::Drafts { .. }
        | Command::Outbox { .. }
        | Command::Channel { .. }
        | Command::Consult { .. }
        | Command::Notice { .. }
        | Command::Remind { .. }
        | Command::Report { .. } => Needs::Home,
        Command::Admin {
            command: AdminCommand::Authority { command },
        } => match command {
            AuthorityCommand::Submit { .. } => Needs::Home,
            AuthorityCommand::Init(_)
            | AuthorityCommand::Device { .. }
            | AuthorityCommand::Sign { .. }
            | AuthorityCommand::Rotate { .. } => Needs::Nothing,
        },
        Command::Admin { .. } => Needs::Home,
        Command::Audit { command } => match command {
            AuditCommand::Sync { .. } => Needs::Home,
            AuditCommand::Verify { .. }
            | AuditCommand::Report(_)
            | AuditCommand::Diff(_)
            | AuditCommand::Open(_) => Needs::Nothing,
        },
        Command::Enrol(_) | Command::Ui(_) | Command::Agent { .. } => Needs::HomeAlone,
        Command::Witness { .. } | Command::Completion { .. } => Needs::Nothing,
    }
}

/// Whether the command reads standard input.
pub(super) fn reads_stdin(command: &Command) -> bool {
    matches!(command, Command::Send(message::Send { text: Some(text), .. }) if text == "-")
}

/// Whether a page may give the command: it acts in channels and consultations, reads the directory, hands a seat over
/// (Article 19(1)), and names no file.
pub(super) fn is_for_pages(command: &Command) -> bool {
    match command {
        Command::Status
        | Command::Devices
        | Command::Channels
        | Command::Send(_)
        | Command::Explain(_)
        | Command::Channel { .. }
        | Command::Notice { .. }
        | Command::Remind { .. } => true,
        Command::Consult { command } => !matches!(
            command,
            ConsultCommand::Archive(_) | ConsultCommand::Export(Export { out: Some(_), .. })
        ),
        Command::Report { command } => !command.writes(),
        Command::Drafts { command } => match command {
            DraftsCommand::List | DraftsCommand::Set { .. } | DraftsCommand::Drop { .. } => true,
        },
        Command::Outbox { command } => match command {
            OutboxCommand::List | OutboxCommand::Drop { .. } => true,
        },
        Command::Read(read) => !read.follow,
        Command::Fetch(fetch) => fetch.out.is_none(),
        Command::Admin { command } => reads_directory(command) || hands_over(command),
        Command::Disclose(disclose) => disclose.out.is_none(),
        Command::Audit { .. }
        | Command::Enrol(_)
        | Command::Ui(_)
        | Command::Agent { .. }
        | Command::Witness { .. }
        | Command::Completion { .. } => false,
    }
}

/// What changes nothing.
fn reads_directory(command: &AdminCommand) -> bool {
    match command {
        AdminCommand::Explain(_) => true,
        AdminCommand::Agency { command } => matches!(command, AgencyCommand::List),
        AdminCommand::Official { command } => matches!(command, OfficialCommand::List),
        AdminCommand::Seat { command } => matches!(command, SeatCommand::List),
        AdminCommand::Field { command } => matches!(command, FieldCommand::List),
        AdminCommand::Policy { command } => matches!(command, PolicyCommand::Show),
        AdminCommand::Proposal { command } => matches!(command, ProposalCommand::List),
        AdminCommand::Authority { .. }
        | AdminCommand::Role { .. }
        | AdminCommand::Device { .. }
        | AdminCommand::Authorise { .. }
        | AdminCommand::Import(_) => false,
    }
}

/// What states who holds a seat. Of what another person proposed only such an appointment is approved, one by one: that is known
/// when the proposal is found ([`is_approved_from_pages`]).
fn hands_over(command: &AdminCommand) -> bool {
    if let AdminCommand::Seat { command } = command {
        matches!(
            command,
            SeatCommand::Appoint { .. } | SeatCommand::End { .. }
        )
    } else if let AdminCommand::Proposal { command } = command {
        matches!(command, ProposalCommand::Approve(approve) if approve.all.is_none())
    } else {
        false
    }
}

/// Whether a page may be the second person for the statement: an appointment to a seat, and no other.
pub(super) fn is_approved_from_pages(statement: &Statement) -> bool {
    matches!(statement, Statement::SeatAppoint(_))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use thamvan_proto::directory::{Role, RoleGrant, SeatAppoint, SeatRole};

    use super::*;
    use crate::cli::Cli;

    fn command(words: &str) -> Command {
        let words = std::iter::once("thamvan").chain(words.split(' '));
        Cli::try_parse_from(words).unwrap().command
    }

    #[test]
    fn a_page_names_no_file_and_changes_nothing_in_the_directory() {
        for (words, allowed) in [
            ("channels", true),
            ("read c", true),
            ("read c --follow", false),
            ("send c t", true),
            ("drafts set n t", true),
            ("send c -", true),
            ("fetch e", true),
            ("fetch e --out f", false),
            ("consult list --waiting", true),
            ("consult export c --out d --reason r", false),
            ("remind show", true),
            ("remind set --quiet 22:00-06:00", true),
            ("report year 2026", true),
            ("report year 2026 --out f", false),
            ("report initiatives --out f --reason r", false),
            ("channel show c", true),
            ("admin explain o c", true),
            ("admin field list", true),
            ("admin agency list", true),
            ("admin agency end a --reason r", false),
            ("admin official list", true),
            ("admin official add o@a --name n", false),
            ("admin seat list", true),
            ("admin seat appoint a/main o@a --speak-for", true),
            ("admin seat end a/main o@a --reason r", true),
            ("admin seat add a/main", false),
            ("admin seat focal a/main", false),
            ("admin proposal list", true),
            ("admin proposal approve 00112233", true),
            ("admin proposal approve --all 00112233", false),
            ("admin role grant approver o@a", false),
            ("admin authorise list c", false),
            ("admin device list", false),
            ("admin import f", false),
            ("disclose e --part 0 --to a --reason r", true),
            ("disclose e --part 0 --to a --reason r --out f", false),
            ("audit sync --out d", false),
            ("enrol t", false),
            ("ui", false),
        ] {
            assert_eq!(is_for_pages(&command(words)), allowed, "{words}");
        }
    }

    #[test]
    fn a_page_approves_appointments_and_nothing_else() {
        let official = || "lan@mofa".parse().unwrap();
        let appointment = Statement::SeatAppoint(SeatAppoint {
            seat: "mofa/main".parse().unwrap(),
            official: official(),
            role: SeatRole::Deputy,
            from: 0,
            until: None,
            speak_for: true,
        });
        let grant = Statement::RoleGrant(RoleGrant {
            role: Role::Approver,
            official: official(),
            scope: None,
            from: 0,
            until: None,
        });
        assert!(is_approved_from_pages(&appointment));
        assert!(!is_approved_from_pages(&grant));
    }

    #[test]
    fn what_needs_no_home_or_the_home_alone_is_not_lent_one() {
        for (words, expected) in [
            ("status", Needs::Home),
            ("admin device list", Needs::Home),
            ("admin authority submit --file f", Needs::Home),
            ("admin authority rotate --dir d --out f", Needs::Nothing),
            ("audit sync --out d", Needs::Home),
            (
                "audit verify --copy c --policy p --genesis g",
                Needs::Nothing,
            ),
            ("enrol t", Needs::HomeAlone),
            ("remind set --auto on", Needs::Home),
            ("ui", Needs::HomeAlone),
            ("agent run", Needs::HomeAlone),
            ("completion bash", Needs::Nothing),
        ] {
            assert_eq!(needs(&command(words)), expected, "{words}");
        }
    }
}
