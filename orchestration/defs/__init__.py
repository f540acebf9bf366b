"""The graph, one folder for each stage: its assets, checks and sensors.

Here: what Dagster materializes and in what order. Keep out: rules; an asset body calls a room.
"""
