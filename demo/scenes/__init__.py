"""What people do, by where they do it. A scene is `(stage, **arguments) -> what it found`."""
