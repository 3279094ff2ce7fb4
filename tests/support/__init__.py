"""What tests lean on: a private PostgreSQL, the shared data folder, planted trees. No test lives here."""
