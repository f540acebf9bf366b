"""When things happen and in what order: Dagster, and the command line that drives it.

Here: assets, checks, jobs, schedules, sensors and commands. Add here what decides order, time
or presentation on a terminal. Keep out: arithmetic on money and rules about documents.
"""
