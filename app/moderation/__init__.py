"""What citizens write and send is checked before others rely on it; a person decides the rest."""
