# Net::EPP::Simple (Debian's libnet-epp-perl): login, ping, check, info, logout over mutual TLS.
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
    return Net::EPP::Simple->new(
        host => $ENV{EPP_HOST}, port => $ENV{EPP_PORT}, user => $ENV{EPP_USER}, pass => $_[0], timeout => 10,
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
expect($epp->logout, 'no logout');

expect(!session('not-the-password') && $Net::EPP::Simple::Code == 2200, 'a wrong password is not 2200');
print "login, hello, check, info, logout\n";
