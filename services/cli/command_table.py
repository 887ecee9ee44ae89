"""Every command of `cadre`: its group, its name, what it does in English, and the function that does it.

`cadre --help` is made from this table alone. The Vietnamese texts are in `vietnamese.py`.
"""

from dataclasses import dataclass

CLUSTER = "Processes of a cluster"
REPAIR = "Checking and repairing"
DEVELOPMENT = "For those who change the code"


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command. `target` is `module:function`; `panel` the heading under which a help page lists it."""

    name: str
    target: str
    help: str
    panel: str = ""
    old_names: tuple[str, ...] = ()
    """Names that still work and are shown nowhere."""


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """The commands under one name, such as `cadre show …`."""

    help: str
    commands: tuple[CommandEntry, ...]


GROUPS = {
    "cadre": CommandGroup(
        "Who led what, where and when, as it was known at any moment.",
        (
            CommandEntry(
                "run",
                "services.cli.run:run",
                "Start the ledger on this machine: the page, the API and its documentation.",
            ),
            CommandEntry(
                "demo",
                "services.cli.run:load_demonstration",
                "Load the demonstration: real units, invented people, and the numbers that five places published.",
            ),
            CommandEntry(
                "demo-sites",
                "services.cli.demo_sites:start_demo_sites",
                "Start a province, a city and two wards that exchange facts on this machine; --home: their folder.",
            ),
            CommandEntry(
                "correct",
                "services.cli.correct:correct",
                "Void or amend a fact, or undo an import. What was known before stays known as it was.",
            ),
            CommandEntry(
                "find",
                "services.cli.find:find",
                "Find the ids of people, units and posts, by words of their names or by a code.",
            ),
            CommandEntry(
                "forecast",
                "services.cli.report:show_forecast",
                "Who leaves which title in the years to come, and who is planned to follow.",
            ),
            CommandEntry(
                "rebuild",
                "services.cli.maintenance:rebuild",
                "Compute all rows anew from the logs. Readers see the old rows until the new ones are complete.",
                REPAIR,
            ),
            CommandEntry(
                "verify",
                "services.cli.maintenance:verify",
                "Check that no fact is lost or doubled, and that every row is what the logs say.",
                REPAIR,
                ("verify-run",),
            ),
            CommandEntry(
                "republish",
                "services.cli.repair:republish",
                "Fill topics anew from their logs, from the first event on. A running relay waits until it is done.",
                REPAIR,
            ),
            CommandEntry(
                "dead-letters",
                "services.cli.repair:list_dead_letters",
                "List records that could not be read, and why. Their streams wait until they are read or forgotten.",
                REPAIR,
                ("parked",),
            ),
            CommandEntry(
                "migrate",
                "services.cli.cluster:migrate",
                "Make schemas, tables, topics and roles, once, before the other processes start.",
                CLUSTER,
            ),
            CommandEntry(
                "serve",
                "services.cli.cluster:serve",
                "Serve HTTP for some services or all. Every request needs a token from CADRE_TOKENS.",
                CLUSTER,
            ),
            CommandEntry(
                "relay",
                "services.cli.cluster:relay",
                "Copy logs to Kafka until stopped. A second relay waits until the first is gone.",
                CLUSTER,
            ),
            CommandEntry(
                "worker",
                "services.cli.cluster:run_worker",
                "Keep the rows of the read side up to date. As many workers may run as there are partitions.",
                CLUSTER,
                ("work",),
            ),
            CommandEntry(
                "sync-worker",
                "services.cli.sync_worker:run_sync_worker",
                "Exchange facts with the site above until stopped. A second one waits until the first is gone.",
                CLUSTER,
            ),
            CommandEntry(
                "generate",
                "services.cli.generate:generate",
                "Make a new ledger of invented people in the real units, as large as a national history.",
                DEVELOPMENT,
            ),
            CommandEntry(
                "map",
                "services.cli.maintenance:write_map",
                "Print or write the map of services and events, and what deployment files take from the registry.",
                DEVELOPMENT,
            ),
            CommandEntry(
                "settings",
                "services.cli.settings:show_settings",
                "Print or write every environment variable that is read, what it is and who reads it.",
                DEVELOPMENT,
            ),
            CommandEntry(
                "contract",
                "services.cli.contract:check_contract",
                "Check that docs/contract is what the code says and breaks nothing that was released.",
                DEVELOPMENT,
            ),
        ),
    ),
    "import": CommandGroup(
        "Bring in files. Importing the same twice changes nothing.",
        (
            CommandEntry(
                "terms",
                "services.cli.imports:import_terms",
                "Import persons, units, posts, terms and unit links from CSV files in one folder.",
            ),
            CommandEntry(
                "units",
                "services.cli.imports:import_units",
                "Import the dated history of administrative units, or two trees of them with the map between.",
            ),
        ),
    ),
    "user": CommandGroup(
        "Accounts: who may sign in, with which role and where.",
        (
            CommandEntry(
                "add",
                "services.cli.users:add_user",
                "Add an account, and print a one-time link with which its owner sets the password.",
            ),
            CommandEntry(
                "role",
                "services.cli.users:change_role",
                "Grant a role in some units or everywhere, or take it away.",
            ),
            CommandEntry(
                "disable",
                "services.cli.users:disable_user",
                "Disable an account: nobody can sign in, and its sessions and tokens are over at once.",
            ),
            CommandEntry("enable", "services.cli.users:enable_user", "Let a disabled account be used again."),
            CommandEntry(
                "reset",
                "services.cli.users:reset_user",
                "Take one-time codes away, end all sessions and print a link for a new password.",
            ),
            CommandEntry("list", "services.cli.users:list_users", "Every account with its roles of today."),
        ),
    ),
    "token": CommandGroup(
        "Tokens of programs: each acts for an account until a day.",
        (
            CommandEntry(
                "add",
                "services.cli.api_tokens:add_token",
                "Issue a token that acts for an account until a day, and print it once.",
            ),
            CommandEntry(
                "list",
                "services.cli.api_tokens:show_tokens",
                "Every token with its owner, its end and its last use.",
            ),
            CommandEntry("revoke", "services.cli.api_tokens:revoke_token", "Refuse a token from now on."),
        ),
    ),
    "clock": CommandGroup(
        "The clock of this machine, by which facts are recorded.",
        (
            CommandEntry(
                "accept",
                "services.cli.clock:accept_clock",
                "Say that the clock is right after it went ahead, so that facts are recorded again.",
            ),
        ),
    ),
    "show": CommandGroup(
        "Ask who held what, where and when.",
        (
            CommandEntry(
                "holders",
                "services.cli.show:show_holders",
                "Who holds which post on a day, everywhere or in one unit or post.",
            ),
            CommandEntry(
                "history",
                "services.cli.show:show_history",
                "All terms of a person or of a post in the order of their dates, or all versions of a unit.",
            ),
            CommandEntry("units", "services.cli.show:show_units", "The units of a scheme on a day."),
            CommandEntry("chart", "services.cli.show:show_chart", "The org chart of a unit on a day."),
            CommandEntry(
                "search",
                "services.cli.show:show_search",
                "Find people, units and posts, with their ids, by words of their names; marks do not matter.",
            ),
            CommandEntry(
                "contradictions",
                "services.cli.contradictions:show_contradictions",
                "Facts that cannot all be true, whom they concern, and how to mend them.",
            ),
        ),
    ),
    "report": CommandGroup(
        "Write reports on cadre work.",
        (
            CommandEntry(
                "cadre-work",
                "services.cli.report:report_cadre_work",
                "What was planned, moved, appointed, evaluated, trained and reorganised between two days.",
            ),
        ),
    ),
    "site": CommandGroup(
        "The tree of sites: who belongs to it, below whom, with which keys. All of it works by file.",
        (
            CommandEntry(
                "init",
                "services.cli.sites:init_site",
                "Make the keys of this site and write its request, or begin a new tree with --root.",
            ),
            CommandEntry(
                "admit",
                "services.cli.sites:admit_site",
                "Register the site of a request below this one, and write its ticket.",
            ),
            CommandEntry(
                "join",
                "services.cli.sites:join_tree",
                "Join the tree with the ticket that the site above wrote.",
            ),
            CommandEntry(
                "list",
                "services.cli.sites:list_sites",
                "The sites of the tree, and what was said about them without authority.",
            ),
            CommandEntry(
                "show",
                "services.cli.sites:show_site",
                "All that the registry says about a site.",
            ),
            CommandEntry(
                "identities",
                "services.cli.sites:add_identities",
                "Hash national ids on file under the key of the tree, so that one person at two sites is found.",
            ),
            CommandEntry(
                "rehome",
                "services.cli.site_changes:rehome_site",
                "Put a site below another parent. Only a site above both may.",
            ),
            CommandEntry(
                "scope",
                "services.cli.site_changes:set_scope",
                "Say which units' facts flow down to a site.",
            ),
            CommandEntry(
                "close",
                "services.cli.site_closing:close_site",
                "Close a site: its logs end, and another site keeps them.",
            ),
            CommandEntry(
                "heads",
                "services.cli.site_changes:write_heads",
                "Write the last entries of the logs of this site, for whoever closes it.",
            ),
            CommandEntry(
                "hand-over",
                "services.cli.site_custody:hand_over_site",
                "Write where the logs of this site end, and its keys sealed to the one that will keep them.",
            ),
            CommandEntry(
                "take-over",
                "services.cli.site_custody:take_over_site",
                "Keep the keys that a site handed over to this one.",
            ),
            CommandEntry(
                "restored",
                "services.cli.site_changes:state_restored",
                "State that this site was restored from a backup, and what it lost.",
            ),
            CommandEntry(
                "clock",
                "services.cli.site_clock:correct_clock",
                "State that the clock of this site was far ahead, and is right now.",
            ),
            CommandEntry(
                "key",
                "services.cli.site_changes:replace_key",
                "Replace the keys of this site, or state the new keys of a site below.",
            ),
        ),
    ),
    "bundle": CommandGroup(
        "Files in which sites exchange facts: signed by the sender, sealed to the receiver.",
        (
            CommandEntry(
                "show",
                "services.cli.bundles:show_bundle",
                "What a bundle says about itself: from whom, for whom, when, and whether its sender signed it.",
            ),
            CommandEntry(
                "compare",
                "services.cli.bundles:compare_bundles",
                "Compare two bundles: does a site show two histories of one log? Exit code 1 where one does.",
            ),
            CommandEntry(
                "verify",
                "services.cli.bundles:verify_bundle",
                "Check all of a bundle that is for this site, and what it would bring. Nothing is written.",
            ),
            CommandEntry(
                "make",
                "services.cli.bundle_exchange:make",
                "Write a file with all that a site above or below has not signed for.",
            ),
            CommandEntry(
                "have",
                "services.cli.bundle_exchange:have",
                "Write what this site has, so that another can make a bundle of just what is missing.",
            ),
            CommandEntry(
                "apply",
                "services.cli.bundle_exchange:apply",
                "Take what a bundle brings, and record a receipt for it. Applied twice it changes nothing more.",
            ),
            CommandEntry(
                "list",
                "services.cli.bundle_exchange:list_all",
                "The bundles that were made and applied here, and which of them have arrived.",
            ),
        ),
    ),
    "sync": CommandGroup(
        "How this site stands with those that it exchanges facts with.",
        (
            CommandEntry(
                "now",
                "services.cli.sync_now:now",
                "Exchange with the site above, or another neighbour, until neither has more.",
            ),
            CommandEntry(
                "status",
                "services.cli.sync:status",
                "What of this site has arrived above, how much of every other one is here, and what is wrong.",
            ),
            CommandEntry(
                "digest",
                "services.cli.sync:digest",
                "Digests of all that is shown now. Sites with the same facts have the same ones.",
            ),
            CommandEntry(
                "count",
                "services.cli.sync:count",
                "How many entries of each log this site has, or another as it said last.",
            ),
            CommandEntry(
                "gaps",
                "services.cli.sync_forks:gaps",
                "Entries of other sites that must exist, because later ones are here, and are not here.",
            ),
            CommandEntry(
                "forks",
                "services.cli.sync_forks:forks",
                "Where a site signed two entries at one place: both sides, and which of them count.",
            ),
            CommandEntry(
                "settle",
                "services.cli.sync_forks:settle",
                "Decide which sides of a fork count, everywhere. Only a site above the one that was cloned may.",
            ),
            CommandEntry(
                "accept",
                "services.cli.sync_forks:accept",
                "Show what there is of a site whose first synchronisation cannot be completed.",
            ),
        ),
    ),
    "audit": CommandGroup(
        "Seal, export, prove and recompute the logs; ask what was known when; erase a person.",
        (
            CommandEntry(
                "key",
                "services.cli.audit.seals:print_key",
                "Print the public key of this site. Publish it where others find it without asking this office.",
            ),
            CommandEntry(
                "seal",
                "services.cli.audit.seals:seal_logs",
                "Sign a checkpoint of every log that has grown, and keep it.",
            ),
            CommandEntry(
                "export",
                "services.cli.audit.seals:export_archive",
                "Write everything an auditor needs into a new folder, with a program that checks it.",
            ),
            CommandEntry(
                "cosignatures",
                "services.cli.audit.seals:list_cosignatures",
                "Which checkpoints of the logs of this site those above have cosigned, each verified.",
            ),
            CommandEntry(
                "prove",
                "services.cli.audit.seals:write_proof",
                "Write the proof that an event is in its log; verify.py checks it.",
            ),
            CommandEntry(
                "replay",
                "services.cli.audit.replay:replay_logs",
                "Recompute every row from the first event on and compare. Exit code 1 where anything differs.",
            ),
            CommandEntry(
                "as-known",
                "services.cli.audit.reports:show_as_known",
                "Who held what on a day as it was known once, and what was recorded about that day since.",
            ),
            CommandEntry(
                "who-knew-what",
                "services.cli.audit.reports:show_who_knew_what",
                "When every fact about a subject became known here, by whom, on which decision document.",
            ),
            CommandEntry(
                "access",
                "services.cli.audit.access:show_access",
                "Who looked at what, took data out, was refused, or had access in an emergency.",
            ),
            CommandEntry(
                "erase",
                "services.cli.audit.reports:erase_person",
                "Erase the personal data of a cadre for good. Nothing else about them changes.",
            ),
        ),
    ),
}
"""By name; `cadre` is the root, which also lists the other groups."""
