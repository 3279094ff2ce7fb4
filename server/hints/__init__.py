"""Server-sent hints that something moved, from a process of their own: hundreds of open lines cost the web server nothing."""
