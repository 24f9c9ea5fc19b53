# Make what the adapter's README asks for: a user with the least rights, and the custom fields.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;
RT::LoadConfig();
RT::Init();

my ($name, $password) = @ARGV;
sub must { my ($ok, $said) = @_; die "$said\n" unless $ok; return $ok }

my $user = RT::User->new(RT->SystemUser);
must($user->Create(Name => $name, Password => $password, EmailAddress => 'frontdesk@desk.example.test', Privileged => 1));
for my $right (qw(SeeQueue CreateTicket ShowTicket ShowTicketComments ReplyToTicket CommentOnTicket ModifyTicket
    SeeCustomField SetInitialCustomField ModifyCustomField)) {
    must($user->PrincipalObj->GrantRight(Right => $right, Object => RT->System));
}

my $ticket = 'RT::Queue-RT::Ticket';
for my $field (
    ['Frontdesk key', 'FreeformSingle', $ticket],
    ['Frontdesk key', 'FreeformSingle', "$ticket-RT::Transaction"],
    ['Frontdesk order', 'FreeformSingle', $ticket],
    ['Frontdesk tags', 'FreeformMultiple', $ticket],
) {
    my $made = RT::CustomField->new(RT->SystemUser);
    must($made->Create(Name => $field->[0], Type => $field->[1], LookupType => $field->[2]));
    must($made->AddToObject(RT::Queue->new(RT->SystemUser)));
}

my $queue = RT::Queue->new(RT->SystemUser);
must($queue->Create(Name => 'Returns'));
