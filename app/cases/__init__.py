"""Cases (办件): applications, from the phone to the result in the applicant's hand."""
