"""What the platform pushes: taken in once, and handed on through the outbox."""
