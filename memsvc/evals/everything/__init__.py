"""`memsvc eval all`: the quality of many data sets in one report, with its page and its picture."""
