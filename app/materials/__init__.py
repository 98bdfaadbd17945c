"""Photos and documents of a case: taken in, made safe, kept, used again."""
