"""Documents as the law of one country wants them, made of the same frozen document."""
