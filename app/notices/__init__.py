"""Messages to the applicant: an inbox in the mini program, and WeChat's subscribe messages."""
