# Net::EPP::Simple (Debian's libnet-epp-perl): every command that it has, over mutual TLS, as two registrars.
use strict;
use warnings;
use Net::EPP::Simple;

sub expect {
    my ($holds, $what) = @_;
    return if $holds;
    print "$what (code ", $Net::EPP::Simple::Code // '', ", ", $Net::EPP::Simple::Error // '', ")\n";
    exit 1;
}

sub session {
    my ($password, $user) = @_;
    return Net::EPP::Simple->new(
        host => $ENV{EPP_HOST}, port => $ENV{EPP_PORT}, user => $user // $ENV{EPP_USER}, pass => $password, timeout => 10,
        cert => $ENV{EPP_CERT}, key => $ENV{EPP_KEY}, verify => 1, ca_file => $ENV{EPP_CA}, load_config => 0);
}

my $epp = session($ENV{EPP_PASSWORD});    # echoes every object and extension URI of the greeting
expect($epp, 'no session');
expect($epp->ping, 'no greeting for a hello');

my $taken = $epp->check_domain('example.gov');
expect(defined $taken && $taken eq '0', 'example.gov is not taken');
my $free = $epp->check_domain('not-taken-by-anyone.gov');
expect(defined $free && $free eq '1', 'not-taken-by-anyone.gov is not available');

my $info = $epp->domain_info('example.gov');
expect(ref $info eq 'HASH' && $info->{name} eq 'example.gov', 'no info of example.gov');
expect(scalar @{ $info->{status} } > 0 && $info->{roid} && $info->{crDate}, 'no status, roid or date in the info');
expect(!defined $epp->domain_info('not-taken-by-anyone.gov') && $Net::EPP::Simple::Code == 2303, 'info of a free name is not 2303');

sub code { return ($Net::EPP::Simple::Code // 0) == $_[0]; }

# A contact, a domain, a host beneath it, and changes of each.
for my $id ('perl-1', 'perl-2') {
    expect($epp->create_contact({
        id => $id, voice => '+1.7035555555', email => 'jo@example.gov', authInfo => '2fooBAR',
        postalInfo => { int => { name => 'Jo Doe', org => 'Registrant', addr => {
            street => ['1 Main St'], city => 'Dulles', sp => 'VA', pc => '20166', cc => 'US' } } } }), "no contact $id");
}
expect($epp->check_contact('perl-1') eq '0' && $epp->check_contact('perl-3') eq '1', 'check of contacts');
expect($epp->update_contact({ id => 'perl-2', chg => { email => 'other@example.gov' } }), 'no update of a contact');
expect($epp->contact_info('perl-2')->{email} eq 'other@example.gov', 'the contact has not changed');
expect($epp->delete_contact('perl-2'), 'a contact is not deleted');
expect(!defined $epp->contact_info('perl-2') && code(2303), 'a contact is still there');

my %domain = (name => 'perl.gov', period => 1, registrant => 'perl-1', contacts => { admin => 'perl-1' }, authInfo => '2fooBAR');
expect($epp->create_domain(\%domain), 'no domain');
expect(!$epp->create_domain(\%domain) && code(2302), 'a second domain of the name is not 2302');
expect($epp->create_host({ name => 'ns1.perl.gov', addrs => [{ ip => '192.0.2.1', version => 'v4' }] }), 'no host');
expect($epp->check_host('ns1.perl.gov') eq '0', 'check of a host');
expect($epp->update_host({ name => 'ns1.perl.gov', add => { addrs => [{ ip => '2001:db8::1', version => 'v6' }] } }),
    'no update of a host');
expect($epp->host_info('ns1.perl.gov')->{name} eq 'ns1.perl.gov', 'no info of a host');
expect($epp->update_domain({ name => 'perl.gov', add => { ns => ['ns1.perl.gov'] } }), 'no update of a domain');
expect(!$epp->delete_host('ns1.perl.gov') && code(2305), 'a host in use is not 2305');
my $expiry = substr $epp->domain_info('perl.gov')->{exDate}, 0, 10;
my %renewal = (name => 'perl.gov', cur_exp_date => $expiry, period => 1);
expect($epp->renew_domain(\%renewal), 'no renewal');
expect(!$epp->renew_domain(\%renewal) && (code(2004) || code(2306)), 'a second renewal is not refused');

# Another registrar asks for the domain; this one reads so in its queue and lets it go.
my $other = session($ENV{EPP_PASSWORD}, $ENV{EPP_OTHER_USER});
expect($other, 'no session of another registrar');
expect(!$other->domain_transfer_request('perl.gov', 'wrong', 1) && code(2202), 'a wrong authorization is not 2202');
my $transfer = $other->domain_transfer_request('perl.gov', '2fooBAR', 1);
expect($transfer && $transfer->{trStatus} eq 'pending' && code(1001), 'no transfer');

# Net::EPP::Simple has no poll of its own, but the frames for it.
sub poll {
    my ($client) = @_;
    my $count = 0;
    while (my $reply = $client->request(Net::EPP::Frame::Command::Poll::Req->new)) {
        return $count if $reply->code == 1300;
        expect($reply->code == 1301, 'a poll is neither 1300 nor 1301');
        my $ack = Net::EPP::Frame::Command::Poll::Ack->new;
        $ack->setMsgID($reply->getElementsByTagName('msgQ')->shift->getAttribute('id'));
        expect($client->request($ack)->code == 1000, 'an acknowledgement is refused');
        $count++;
    }
    expect(0, 'no reply to a poll');
}
expect(poll($epp) > 0, 'no message of the transfer');
expect($epp->domain_transfer_approve('perl.gov'), 'no approval');
expect($other->domain_info('perl.gov')->{clID} eq $ENV{EPP_OTHER_USER}, 'the domain is not transferred');
expect(!$epp->delete_domain('perl.gov') && code(2201), 'a domain of another is not 2201');
poll($other);
expect($other->update_domain({ name => 'perl.gov', rem => { ns => ['ns1.perl.gov'] } }), 'a host is not taken away');
expect($other->delete_host('ns1.perl.gov'), 'a host is not deleted');
expect($other->delete_domain('perl.gov'), 'a domain is not deleted');
expect($other->logout, 'no logout of another registrar');
expect($epp->logout, 'no logout');

expect(!session('not-the-password') && $Net::EPP::Simple::Code == 2200, 'a wrong password is not 2200');
print "login, hello, check, info, create, update, renew, transfer, poll, delete, logout\n";
