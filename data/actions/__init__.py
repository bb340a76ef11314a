"""Everything that changes something. `check_*` refuses; `do_*` takes capabilities, writes rows, emits the event and,
for acts of administration, audits, in one function."""
