"""Knowledge: who is joined to whom, and what that says about a question. No I/O, no model.

`graph.knowledge` is the whole; `model` and `weights` say what it is made of, `names` when two
names are one. Inside, `sources` and `merges` hold what was said, `register` the numbers of nodes,
`matrix` (with `compaction` and `degrees`) the edges; `pagerank` ranks, by `push` or
`push_compiled`, beside the exact `power`; `why` says by which path, `communities` and `export` look
at all. Where a question's walks start is said by `seeds` and `activation`; `outward` walks from
each turn apart. Two hops without a graph of edges are `bridges`, over `naming` and `paths`.
"""
