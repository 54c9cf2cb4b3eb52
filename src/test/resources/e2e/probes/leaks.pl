# Looks for the test's credential in bytes, in any spelling of it that one step undoes. What it knows of it is a marker that every one of the
# test's credentials holds; spelled so that this file is no find itself.
#   leaks.pl              reads standard input, prints each spelling found
#   leaks.pl --files      reads names that end in NUL, prints "LEAK <spelling> in <name>"
#   leaks.pl --memory PID reads what the process has in memory
#   leaks.pl --self-test  prints "FINDS <spelling>" for each that it can find
use strict;
use warnings;

my $marker = '-' . 'rotated' . '-';
# Literal texts: looking for them takes a tenth of what patterns would.
my %forms = (
  plain => [$marker],
  utf16 => [join "\0", split //, $marker],
  reversed => [scalar reverse $marker],
  hex => [unpack 'H*', $marker],
  upperhex => [uc unpack 'H*', $marker],
  base64 => [inner_base64($marker)],
  url => [join '', map { sprintf '%%%02x', ord } split //, $marker],
  rot13 => [$marker =~ tr/A-Za-z/N-ZA-Mn-za-m/r],
);
my $overlap = 64;

sub base64 {
  my ($bytes) = @_;
  my $text = pack 'u', $bytes;
  my $out = '';
  for my $line (split /\n/, $text) {
    my $n = ord($line) - 32;
    my $body = substr $line, 1;
    $body =~ tr|` -_|AA-Za-z0-9+/|;
    $out .= substr $body, 0, int(($n * 8 + 5) / 6);
  }
  return $out;
}

sub inner_base64 {
  my ($bytes) = @_;
  return map {
    my $all = base64(("\0" x $_) . $bytes);
    my $start = $_ == 0 ? 0 : $_ + 1;
    substr $all, $start, int(($_ + length $bytes) * 8 / 6) - $start;
  } 0 .. 2;
}

sub spellings {
  my ($bytes) = @_;
  # Most of a process's memory was never written.
  return () if ($bytes =~ tr/\0//) == length $bytes;
  return grep { grep { index($bytes, $_) >= 0 } @{$forms{$_}} } sort keys %forms;
}

sub search {
  my ($in) = @_;
  binmode $in;
  my (%found, $buffer);
  my $kept = '';
  while (read $in, $buffer, 1 << 20) {
    my $piece = $kept . $buffer;
    $found{$_} = 1 for spellings($piece);
    $kept = substr $piece, -$overlap;
  }
  return sort keys %found;
}

sub search_file {
  my ($name) = @_;
  my $in;
  return () unless open $in, '<', $name;
  my @found = search($in);
  close $in;
  my $magic = '';
  if (open $in, '<', $name) { binmode $in; read $in, $magic, 2; close $in; }
  if ($magic eq "\x1f\x8b" && open $in, '-|', 'gzip', '-dcq', $name) {
    push @found, map { "gzip $_" } search($in);
    close $in;
  }
  return @found;
}

sub search_memory {
  my ($pid) = @_;
  open my $maps, '<', "/proc/$pid/maps" or return ();
  open my $memory, '<', "/proc/$pid/mem" or return ();
  binmode $memory;
  my (%found, $buffer);
  while (my $line = <$maps>) {
    my ($from, $to) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) rw/ or next;
    my ($at, $end) = (hex $from, hex $to);
    while ($at < $end) {
      my $want = $end - $at < 1 << 22 ? $end - $at : 1 << 22;
      sysseek $memory, $at, 0 or last;
      my $n = sysread $memory, $buffer, $want;
      last unless $n;
      $found{$_} = 1 for spellings($buffer);
      $at += $n > $overlap && $at + $n < $end ? $n - $overlap : $n;
    }
  }
  return sort keys %found;
}

my $mode = shift @ARGV // '';
if ($mode eq '--files') {
  local $/ = "\0";
  while (my $name = <STDIN>) {
    chomp $name;
    print "LEAK $_ in $name\n" for search_file($name);
  }
} elsif ($mode eq '--memory') {
  print "LEAK $_ in the memory of $ARGV[0]\n" for search_memory($ARGV[0]);
} elsif ($mode eq '--self-test') {
  my $fake = "sk-ant$marker" . 'nobody';
  my %spelled = (
    plain => $fake, utf16 => join("\0", split //, $fake), reversed => scalar reverse($fake), hex => unpack('H*', $fake),
    upperhex => uc unpack('H*', $fake), rot13 => $fake =~ tr/A-Za-z/N-ZA-Mn-za-m/r,
    url => join('', map { sprintf '%%%02x', ord } split //, $fake),
    base64 => base64($fake), 'base64' . ' at 1' => base64("x$fake"), 'base64' . ' at 2' => base64("xx$fake"),
  );
  for my $form (sort keys %spelled) {
    my ($name) = $form =~ /^(\w+)/;
    print "FINDS $form\n" if grep { $_ eq $name } spellings("before $spelled{$form} after");
  }
} else {
  print "$_\n" for search(\*STDIN);
}
