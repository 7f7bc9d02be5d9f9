"""The admin's desk: accounts, phones, forms, rules and submissions, as pages under /admin."""
