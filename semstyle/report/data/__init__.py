"""The data files of a report, which its page reads: columns, renders, traces, details, failures, and the run itself."""
