"""The history of the store's SQLite file, step by step: what each version of it added."""

# Each entry is one step of the file's history, run once and whole; never edit one, add another.
MIGRATIONS: tuple[str, ...] = (
    """
        CREATE TABLE replies (
            key TEXT PRIMARY KEY, teacher TEXT NOT NULL, prompt_digest TEXT NOT NULL, prompt TEXT NOT NULL,
            text TEXT NOT NULL, finish TEXT NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
            seconds REAL NOT NULL, at REAL NOT NULL);
        CREATE INDEX replies_by_prompt ON replies (prompt_digest);
        CREATE TABLE asked (key TEXT PRIMARY KEY, run INTEGER NOT NULL, at REAL NOT NULL);
        CREATE TABLE tables (
            fingerprint TEXT PRIMARY KEY, station TEXT NOT NULL, part TEXT NOT NULL, at REAL NOT NULL);
        CREATE INDEX tables_by_part ON tables (station, part, at);
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, recipe TEXT NOT NULL, started REAL NOT NULL,
            ended REAL, state TEXT NOT NULL, version TEXT NOT NULL DEFAULT '');
        CREATE TABLE steps (
            run INTEGER NOT NULL, ordinal INTEGER NOT NULL, station TEXT NOT NULL, part TEXT NOT NULL,
            fingerprint TEXT NOT NULL, items INTEGER NOT NULL, made INTEGER NOT NULL, seconds REAL NOT NULL,
            facts TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (run, ordinal));
        CREATE TABLE versions (
            name TEXT PRIMARY KEY, content_digest TEXT NOT NULL, run INTEGER NOT NULL, facts TEXT NOT NULL,
            at REAL NOT NULL);
        CREATE TABLE tags (tag TEXT PRIMARY KEY, version TEXT NOT NULL, at REAL NOT NULL);
    """,
    "ALTER TABLE runs ADD COLUMN reason TEXT NOT NULL DEFAULT '';",
    """
        ALTER TABLE replies ADD COLUMN model TEXT NOT NULL DEFAULT '';
        ALTER TABLE replies ADD COLUMN seat TEXT NOT NULL DEFAULT '';
        ALTER TABLE asked ADD COLUMN seat TEXT NOT NULL DEFAULT '';
        ALTER TABLE asked ADD COLUMN teacher TEXT NOT NULL DEFAULT '';
        ALTER TABLE asked ADD COLUMN cost REAL NOT NULL DEFAULT 0;
        CREATE TABLE spent (
            run INTEGER NOT NULL, seat TEXT NOT NULL, teacher TEXT NOT NULL, requests INTEGER NOT NULL,
            replies INTEGER NOT NULL, failed INTEGER NOT NULL, lost INTEGER NOT NULL, tokens_in INTEGER NOT NULL,
            tokens_out INTEGER NOT NULL, cost REAL NOT NULL, PRIMARY KEY (run, seat, teacher));
        CREATE TABLE batches (
            token TEXT PRIMARY KEY, teacher TEXT NOT NULL, name TEXT NOT NULL, prompts TEXT NOT NULL,
            run INTEGER NOT NULL, at REAL NOT NULL);
    """,
    """
        ALTER TABLE batches ADD COLUMN seat TEXT NOT NULL DEFAULT '';
        ALTER TABLE batches ADD COLUMN cost REAL NOT NULL DEFAULT 0;
        CREATE TABLE openings (digest TEXT PRIMARY KEY, turns TEXT NOT NULL);
    """,
)
