# Makes a Markdown table of a values.yaml whose values each have a comment in the line above.
function row(path, value) { printf "| `%s` | %s | %s |\n", path, value, comment[path] }
function trim(s) { gsub(/^ +| +$/, "", s); return s }

BEGIN { print "| value | default | meaning |\n|---|---|---|" }
/^ *#/ { sub(/^ *# */, ""); pending = $0; next }
/^ *$/ { pending = ""; next }
/^ *- / { next }
{
  match($0, /^ */)
  depth = RLENGTH / 2
  key[depth] = trim(substr($0, 1, index($0, ":") - 1))
  value = trim(substr($0, index($0, ":") + 1))
  path = key[0]
  for (i = 1; i <= depth; i++) path = path "." key[i]

  if (whole != "" && depth > wholeDepth) next # inside a value that is a map
  whole = ""
  if (pending != "") {
    comment[path] = pending
    pending = ""
    if (value == "") { whole = path; wholeDepth = depth; row(path, "see values.yaml") }
    else row(path, "`" value "`")
  } else if (value != "") {
    print FILENAME ":" FNR ": " path " has no comment" > "/dev/stderr"
    exit 1
  }
}
