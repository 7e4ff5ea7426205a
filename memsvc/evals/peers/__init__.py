"""Other ways to the same: plain baselines, published rules, other libraries.

Each stands beside ours in the same run, of quality or of speed.
"""
