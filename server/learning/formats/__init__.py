"""Courses and question banks as files, both ways: a folder of Markdown, Moodle's GIFT and Moodle XML. Pure: bytes in, a body and
a report out; nothing here knows the database, the network or a file's path."""
