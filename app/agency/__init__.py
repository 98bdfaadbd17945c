"""Who acts for whom: enterprises and their people, helpers with consent (帮办代办)."""
