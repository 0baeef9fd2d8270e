"""`mlfsc-report`: what `mlfsc eval --json` measured, as one page for people. Needs the extra `mlfsc[report]`."""
