"""The commands of `meterbook`, one module for each subject.

Here: reading arguments, calling the rooms, printing. Keep out: rules.
"""
