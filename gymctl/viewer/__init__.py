"""Watching a policy in the browser: episodes that can be paused and steered, and a page that shows them."""
