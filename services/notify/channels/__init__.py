"""The channels through which notices reach their recipients: the protocol, and one module for each channel."""
