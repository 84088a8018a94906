#include "verbs.h"

#include <stdio.h>
#include <string.h>

#include "console.h"

static const struct verb verbs[] = {
    {"status", command_status, "[--json] [--watch]", "what arrived, what waits, what is wrong",
     "Says first whether all is well, and what that rests on. Times are this PC's, but a punch's,\n"
     "which is its terminal's own. --json prints it for programs (docs\\status.html); --watch\n"
     "shows it anew every five seconds until Ctrl+C.\n"
     "Exit code: 0 all is well, 3 something is to be watched, 4 somebody has to act, 1 it cannot\n"
     "be told.\n"
     "Example:  hipctl status\n"},
    {"check-config", command_check_config, "", "reads config.json as the service would",
     "Names what is wrong with file, line and key, and what will not work although it is right: a\n"
     "folder that is not there, a drive that a service does not have, a file that is missing.\n"
     "Exit code: 0 all will work, 1 something is to be corrected.\n"
     "Example:  hipctl --config D:\\new\\config.json check-config\n"},
    {"reload", command_reload, "",
     "has the service take the changed config.json, without a restart",
     "No terminal's connection is lost. The port, outbox.path and listener.enabled need a restart\n"
     "all the same. A file that is not right changes nothing.\n"
     "Example:  hipctl reload\n"},
    {"check-log", command_check_log, "FILE",
     "what a log file would give: its format and why, its first punches, what would be set aside",
     "Reads the file as the service would, and changes nothing. For a program whose logs are not\n"
     "known: sync.columns in config.json says what its columns are.\n"
     "Example:  hipctl check-log D:\\alog\\20260115.txt\n"},
    {"check-access", command_check_access, "FILE [--out FILE] [--table NAME] [--users NAME]",
     "what the vendor's own database would give, and what to write into config.json",
     "For HIP Premium Time (Pm2014.mdb) and ZKTime (att2000.mdb): format, tables, punches from "
     "when\n"
     "to when, terminals, persons without a number, what would be set aside and why. Stores and\n"
     "uploads nothing, and does not disturb the vendor's program. --out writes the punches as a\n"
     "table whose columns are parted by tabs.\n"
     "Example:  hipctl check-access \"C:\\Program Files (x86)\\ZKTime5.0\\att2000.mdb\"\n"},
    {"setup", command_setup, "", "asks for the database, tries it, and has the service use it",
     "Host, database, user and password, as in config.json; what is there stays where nothing is\n"
     "typed. It is written once it works, or where one wants it all the same. All else is in\n"
     "config.json.\n"
     "Exit code: 0 the database is right, 1 it isn't yet.\n"
     "Example:  hipctl setup\n"},
    {"test-db", command_test_db, "[--create] [--trust]",
     "tries the database step by step; --create makes the table, --trust takes a server's new key",
     "Name, connection, encryption, login, table: each step says what is wrong with it. It writes\n"
     "nothing but, by --create, the table.\n"
     "Example:  hipctl test-db\n"},
    {"test-alarm", command_test_alarm, "", "sends an alarm now and shows the answer",
     "By alarm.url, alarm.header and alarm.body of config.json, as the service would.\n"
     "Example:  hipctl test-alarm\n"},
    {"set-password", command_set_password, "",
     "asks for the database password (or reads a line) and stores it protected",
     "It goes into config.json in a form that this PC alone can read. Restart the service, or\n"
     "hipctl reload.\n"
     "Example:  hipctl set-password\n"},
    {"sync-now", command_sync_now, "", "has the service read the log folder now",
     "Shows each file as it is read. The service must run.\n"
     "Example:  hipctl sync-now\n"},
    {"pull", command_pull, "ADDRESS [--protocol zk|fk] [--port N] [--key N] [--udp] [--out FILE]",
     "reads a terminal on its own port and shows what it says; stores and uploads nothing",
     "For terminals that cannot push. Nothing on the terminal is changed. --key is the number of "
     "its\n"
     "menu (PC connection, Comm Key).\n"
     "Example:  hipctl pull 192.168.1.202\n"},
    {"pull-now", command_pull_now, "", "has the service read its terminals now",
     "Those of pull.terminals in config.json. The service must run.\n"
     "Example:  hipctl pull-now\n"},
    {"device", command_device,
     "[SN [resend --from DATE --to DATE | info | reboot | set-clock | retire]]",
     "what is known of terminals; has one do something when it next asks",
     "Without SN: all of them. retire: this terminal is gone for good, so that it is missed no\n"
     "more; its punches stay, and should it speak again, it is there again.\n"
     "Example:  hipctl device CDQ9192960002 resend --from 2026-01-01 --to 2026-01-31\n"},
    {"rejected", command_rejected,
     "[--limit N] [--sn SN] [--all] | retry | export FILE [--mask] | settle [ID] --reason TEXT",
     "what is set aside or refused: lists it, reads it again, writes it out, closes it",
     "The newest first, with the reason of each. retry: reads what terminals brought and was not\n"
     "understood once more, after an upgrade or a corrected config.json. export: for a report;\n"
     "--mask leaves no names and numbers in it. settle: looked at, no punch is missing. The three\n"
     "take [--sn SN] [--from DATE] [--to DATE]; both days are included.\n"
     "Example:  hipctl rejected retry --from 2026-01-01\n"},
    {"requeue", command_requeue, "[--from DATE] [--to DATE]",
     "sends refused punches again, or all of a period: from a day on, up to one, or both",
     "Both days are included. What is in the table already is not doubled.\n"
     "Example:  hipctl requeue --from 2026-01-01 --to 2026-01-31\n"},
    {"report", command_report, "FILE.zip [--capture FILE] [--yes]",
     "puts what a maintainer needs to know into a file",
     "Version, config.json without its secrets, the status, what was told, lines that were not\n"
     "understood with their digits masked, and so the heads of records that were kept and of the\n"
     "capture that --capture names. It says what will be in it and asks first; --yes doesn't.\n"
     "Example:  hipctl report C:\\Users\\Public\\hipbridge.zip\n"},
    {"forget", command_forget, "USER_ID [--yes]",
     "takes a person out of what this PC has kept, for good",
     "The service must be stopped for it. Says what there is and asks first; --yes doesn't. What\n"
     "the number punches later isn't kept either, whichever way it comes. Prints the statement\n"
     "for the cloud database and the log files that name it; docs\\privacy.html says what is out\n"
     "of reach.\n"
     "Example:  hipctl forget 1001\n"},
    {"open", command_open, "config | setup | test-db | page | prompt",
     "what the Start menu opens; Windows asks for an administrator where it must",
     "Example:  hipctl open page\n"},
    {"configure", command_configure, "[--properties]",
     "for the installer: sets up service, data folder and firewall anew; reads its properties",
     "Anyone may run it again, as administrator: it mends what was changed.\n"
     "Example:  hipctl configure\n"},
    {"unconfigure", command_unconfigure, "[--rollback]",
     "for the installer: takes the firewall rule back", "Example:  hipctl unconfigure\n"},
    {"sniff", command_sniff,
     "[--port N] [--forward | --relay HOST:PORT] [--out FILE] [--unmasked] | --replay FILE [--to "
     "IP] [--port N] [--yes]",
     "shows what terminals send, and in what protocol; --forward passes it on to the service, "
     "--relay to a terminal or the vendor's program (--port must be another)",
     "Nothing is stored or uploaded. --replay is the opposite: it sends what a capture holds to "
     "the\n"
     "service, whose punches then go to the database; it asks first, --yes doesn't.\n"
     "Example:  hipctl sniff --port 9091 --forward --out capture.txt\n"},
};

const struct verb *verb_of(const char *name)
{
    for (size_t i = 0; i < HB_COUNT(verbs); i++) {
        if (strcmp(name, verbs[i].name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* How many letters at the beginning are the same. */
static size_t alike(const char *a, const char *b)
{
    size_t len = 0;
    while (a[len] != '\0' && a[len] == b[len]) {
        len++;
    }
    return len;
}

const struct verb *verb_like(const char *name)
{
    const struct verb *best = NULL;
    size_t most = 2; /* fewer are nothing */
    for (size_t i = 0; i < HB_COUNT(verbs); i++) {
        size_t len = alike(name, verbs[i].name);
        if (len > most) {
            most = len;
            best = &verbs[i];
        }
    }
    return best;
}

void verb_print_form(const struct verb *verb, void (*print)(const char *format, ...))
{
    print("hipctl %s%s%s\n", verb->name, verb->arguments[0] != '\0' ? " " : "", verb->arguments);
    if (strstr(verb->arguments, "DATE") != NULL) {
        print("DATE is as 2026-01-31, or \"2026-01-31 08:00:00\" in quotation marks.\n");
    }
}

void verbs_print_all(void)
{
    enum { WIDTH = 38 };
    console_print("hipctl looks at HIP Bridge and tells it things.\n\n");
    for (size_t i = 0; i < HB_COUNT(verbs); i++) {
        char call[160];
        snprintf(call, sizeof call, "%s %s", verbs[i].name, verbs[i].arguments);
        if (strlen(call) <= WIDTH) {
            console_print("  hipctl %-*s %s\n", WIDTH, call, console_say(verbs[i].help));
        } else {
            console_print("  hipctl %s\n         %-*s %s\n", call, WIDTH, "",
                          console_say(verbs[i].help));
        }
    }
    console_print("  hipctl %-*s %s\n", WIDTH, "--version", console_say("the version"));
    console_print("\nhipctl help VERB tells more of one. Before or after the verb: --config PATH "
                  "(config.json of the\ndata folder otherwise) and --language th|en (else Windows' "
                  "display language). Exit code:\n0 done, 1 failed, 2 not "
                  "used like this.\n");
}

void verb_print_page(const struct verb *verb)
{
    verb_print_form(verb, console_print);
    const char *help = console_say(verb->help);
    bool small = help[0] >= 'a' && help[0] <= 'z';
    console_print("\n%c%s%s\n%s", small ? help[0] - 'a' + 'A' : help[0], help + 1, console_stop(),
                  console_say(verb->more));
}
