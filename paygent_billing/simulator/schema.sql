-- The simulator's ledger. Money and quantities are exact decimals as text, moments are UTC, dates are local.

CREATE TABLE progress (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	scenario TEXT NOT NULL,                 -- fingerprint of the only scenario that may go on here
	moments INTEGER NOT NULL                -- how many of its moments are over
);

CREATE TABLE billing_order (
	id TEXT PRIMARY KEY,
	customer TEXT NOT NULL,
	activated INTEGER NOT NULL UNIQUE,      -- order of activation
	status TEXT NOT NULL,
	history TEXT NOT NULL,                  -- JSON: line versions, pauses, end
	position TEXT NOT NULL,                 -- JSON: how far it is billed
	before_pause TEXT,                      -- JSON: the position that a resumption on the same day restores
	next_date TEXT                          -- the next billing date, when there is one
) WITHOUT ROWID;
CREATE INDEX due_orders ON billing_order (next_date) WHERE next_date IS NOT NULL;
CREATE INDEX orders_of_customer ON billing_order (customer, activated);

CREATE TABLE billing_period (
	id INTEGER PRIMARY KEY,
	order_id TEXT REFERENCES billing_order (id),           -- NULL: credits that a customer buys
	date TEXT NOT NULL,
	kind TEXT NOT NULL,
	arrears_start TEXT,
	arrears_end TEXT,                       -- the day after the last one
	UNIQUE (order_id, date, kind)           -- a billing date is billed once, whatever happens
);

CREATE TABLE invoice (
	number INTEGER PRIMARY KEY,
	billing INTEGER NOT NULL UNIQUE REFERENCES billing_period (id),
	order_id TEXT,
	customer TEXT NOT NULL,
	issue_date TEXT NOT NULL,
	due_date TEXT NOT NULL,
	subtotal TEXT NOT NULL,
	discount TEXT NOT NULL,
	tax TEXT NOT NULL,
	total TEXT NOT NULL,
	taxes TEXT NOT NULL,                    -- JSON: name, rate and amount of each tax
	state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'void'))
);
CREATE INDEX open_invoices ON invoice (order_id) WHERE state = 'open';

CREATE TABLE invoice_line (
	billing INTEGER NOT NULL REFERENCES billing_period (id),
	position INTEGER NOT NULL,
	type TEXT NOT NULL,
	charge TEXT NOT NULL,
	line TEXT,
	agent TEXT,
	start TEXT,
	end TEXT,                               -- the day after the last one
	quantity TEXT NOT NULL,
	included TEXT NOT NULL,
	unit_price TEXT,
	amount TEXT NOT NULL,
	credits TEXT NOT NULL,
	explain TEXT NOT NULL,
	description TEXT NOT NULL,
	PRIMARY KEY (billing, position)
) WITHOUT ROWID;

CREATE TABLE pending_line (
	id INTEGER PRIMARY KEY,
	order_id TEXT NOT NULL REFERENCES billing_order (id),
	cause TEXT NOT NULL,
	content TEXT NOT NULL,                  -- JSON: the invoice line
	billing INTEGER REFERENCES billing_period (id)
);
CREATE INDEX waiting_lines ON pending_line (order_id) WHERE billing IS NULL;

CREATE TABLE credit_note (
	number INTEGER PRIMARY KEY,
	billing INTEGER UNIQUE REFERENCES billing_period (id), -- that of an order's end
	refunds INTEGER REFERENCES invoice (number),
	order_id TEXT,
	customer TEXT NOT NULL,
	issue_date TEXT NOT NULL,
	subtotal TEXT NOT NULL,
	tax TEXT NOT NULL,
	taxes TEXT NOT NULL,                    -- JSON: the amount of each tax of the invoice
	total TEXT NOT NULL,
	not_taken_back TEXT,                    -- credits of the refunded invoice that were spent already
	CHECK ((billing IS NULL) <> (refunds IS NULL))
);
CREATE INDEX refunds_of_invoice ON credit_note (refunds) WHERE refunds IS NOT NULL;

CREATE TABLE payment (
	id INTEGER PRIMARY KEY,
	invoice INTEGER NOT NULL REFERENCES invoice (number),
	amount TEXT NOT NULL,
	at TEXT NOT NULL,
	cause TEXT NOT NULL UNIQUE
);
CREATE INDEX payments_of_invoice ON payment (invoice);

CREATE TABLE lot (
	id INTEGER PRIMARY KEY,                 -- also the order in which lots came
	customer TEXT NOT NULL,
	source TEXT NOT NULL,
	order_id TEXT,
	line TEXT,
	period_end TEXT,
	expires TEXT,
	rollover_cap TEXT,                      -- NULL: all of it stays
	granted TEXT NOT NULL DEFAULT '0',      -- what it held at first
	invoice INTEGER REFERENCES invoice (number),
	available TEXT NOT NULL,                -- the sum of its entries
	pending TEXT NOT NULL,                  -- the sum of its entries
	is_rolled INTEGER NOT NULL,
	is_spent INTEGER NOT NULL
);
CREATE INDEX lots_in_use ON lot (customer) WHERE is_spent = 0;
CREATE INDEX lots_of_invoice ON lot (invoice) WHERE invoice IS NOT NULL;

CREATE TABLE wallet_entry (
	id INTEGER PRIMARY KEY,
	lot INTEGER NOT NULL REFERENCES lot (id),
	kind TEXT NOT NULL,
	available TEXT NOT NULL,
	pending TEXT NOT NULL,
	cause TEXT NOT NULL UNIQUE,
	billing INTEGER REFERENCES billing_period (id)
);
CREATE INDEX entries_of_billing ON wallet_entry (billing) WHERE billing IS NOT NULL;
CREATE TRIGGER wallet_entries_stay BEFORE UPDATE ON wallet_entry
BEGIN SELECT RAISE(ABORT, 'A wallet entry never changes'); END;
CREATE TRIGGER wallet_entries_are_kept BEFORE DELETE ON wallet_entry
BEGIN SELECT RAISE(ABORT, 'A wallet entry is never deleted'); END;

CREATE TABLE usage_event (
	sequence INTEGER PRIMARY KEY,           -- order of arrival
	customer TEXT NOT NULL,
	id TEXT NOT NULL,
	version INTEGER NOT NULL,               -- 0 as it was sent, then its corrections
	corrects INTEGER REFERENCES usage_event (sequence),   -- version 0, whose place in the order it keeps
	is_current INTEGER NOT NULL,            -- whether this version is the one in force
	is_void INTEGER NOT NULL,               -- whether it says that the use never was
	agent TEXT NOT NULL,
	metric TEXT NOT NULL,
	order_id TEXT NOT NULL REFERENCES billing_order (id),
	occurred_at TEXT NOT NULL,
	day TEXT NOT NULL,
	quantity TEXT NOT NULL,
	properties TEXT,                        -- JSON
	content TEXT,                           -- fingerprint of what was sent, of version 0
	refusal TEXT,                           -- why it was not accepted
	billing INTEGER REFERENCES billing_period (id),
	UNIQUE (customer, id, version)
);
CREATE INDEX usage_of_order ON usage_event (order_id, day);
CREATE INDEX waiting_usage ON usage_event (order_id, day)
	WHERE billing IS NULL AND refusal IS NULL AND is_current = 1;
CREATE INDEX billed_usage ON usage_event (billing) WHERE billing IS NOT NULL;
CREATE TRIGGER usage_events_stay
BEFORE UPDATE OF customer, id, version, corrects, is_void, agent, metric, occurred_at, quantity, properties
ON usage_event
BEGIN SELECT RAISE(ABORT, 'A usage event never changes'); END;
CREATE TRIGGER usage_events_are_kept BEFORE DELETE ON usage_event
BEGIN SELECT RAISE(ABORT, 'A usage event is never deleted'); END;
