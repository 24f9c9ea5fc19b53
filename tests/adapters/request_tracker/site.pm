# Request Tracker for tests: its own database and port, no mail, no syslog. Paths come from the environment.
Set($rtname, 'desk.example.test');
Set($Organization, 'desk.example.test');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, "$ENV{FRONTDESK_RT_FOLDER}/rt.db");
Set($WebDomain, '127.0.0.1');
Set($WebPort, $ENV{FRONTDESK_RT_PORT});
Set($WebPath, '');
Set($Timezone, 'UTC');
# Every request hashes the password anew; the default of 12 costs a quarter of a second each time.
Set($BcryptCost, 4);
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($MailCommand, 'mbox');
Set($MasonDataDir, "$ENV{FRONTDESK_RT_FOLDER}/mason");
Set($MasonSessionDir, "$ENV{FRONTDESK_RT_FOLDER}/sessions");
# The default life of a ticket, and a status of this site's own as real sites have them.
Set(%Lifecycles, default => {
    initial => ['new'],
    active => ['open', 'stalled', 'waiting'],
    inactive => ['resolved', 'rejected', 'deleted'],
    defaults => { on_create => 'new', approved => 'open', denied => 'rejected', reminder_on_open => 'open', reminder_on_resolve => 'resolved' },
    transitions => {
        '' => ['new', 'open', 'resolved'],
        map { my $from = $_; $from => [grep { $_ ne $from } qw(new open stalled waiting resolved rejected deleted)] }
            qw(new open stalled waiting resolved rejected deleted)
    },
    rights => { '* -> *' => 'ModifyTicket' },
});
1;
