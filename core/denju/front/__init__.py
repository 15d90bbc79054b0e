"""What a front end does with the parts that the workbench builds, by the room that it concerns."""
