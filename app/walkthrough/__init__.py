"""The whole journey, played through HTTP and WebSocket alone, as real clients would."""
