"""Notices from HQ and stores: who gets them, who has read them, who has not."""
