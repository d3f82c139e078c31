package peers

// Queue is a durable queue at work.
type Queue interface {
	// Put returns once body is on stable storage. It may be called concurrently.
	Put(body []byte) error
	// Drain hands out n bodies and acknowledges each on stable storage before it
	// returns, with so many workers as the queue has a use for. take may be called
	// concurrently, and must not keep the body.
	Drain(n, workers int, take func(body []byte)) error
	Close() error
}

// settler is a queue that has to come to rest before Put can be measured alone.
type settler interface{ settle() error }

// Row is one line of the tables.
type Row struct {
	Name string
	Open func(dir string) (Queue, error)
}

// The rows that others are compared with.
const (
	Ours          = "outbox"
	Append        = "raw-append"
	AppendGroup   = "raw-append-group"
	OpenTelemetry = "otel-fsync"
)

// Rows are all that is measured.
var Rows = []Row{
	{Ours, openOutbox},
	{Append, rawOpener(false, 0)},
	{AppendGroup, rawOpener(true, 0)},
	{"raw-prepared", rawOpener(false, preparedBytes)},
	{"raw-prepared-group", rawOpener(true, preparedBytes)},
	{"bbolt-update", bboltOpener(false)},
	{"bbolt-group", bboltOpener(true)},
	{OpenTelemetry, openOTel},
	{"pebble-sync", openPebble},
	{"sqlite-full", sqliteOpener(false)},
	{"sqlite-full-group", sqliteOpener(true)},
}

// RowNamed is the row of that name.
func RowNamed(name string) (Row, bool) {
	for _, r := range Rows {
		if r.Name == name {
			return r, true
		}
	}
	return Row{}, false
}

// LimitFor is the row that marks the disk's limit for so many producers.
func LimitFor(producers int) string {
	if producers == 1 {
		return Append
	}
	return AppendGroup
}
