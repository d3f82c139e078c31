package peers

import (
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite"
)

// sqliteQueue is one table, in WAL mode with synchronous=FULL: each commit waits
// for the log. One connection, because SQLite has one writer.
type sqliteQueue struct {
	db               *sql.DB
	insert, get, ack *sql.Stmt
	group            *group[sqliteCall]
}

type sqliteCall struct {
	stmt *sql.Stmt
	arg  any
}

func sqliteOpener(grouped bool) func(string) (Queue, error) {
	return func(dir string) (Queue, error) {
		db, err := sql.Open("sqlite", "file:"+url.PathEscape(filepath.Join(dir, "queue.sqlite"))+
			"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		q := &sqliteQueue{db: db}
		if err := q.prepare(); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		if grouped {
			q.group = newGroup(q.commit)
		}
		return q, nil
	}
}

func (q *sqliteQueue) prepare() (err error) {
	if _, err := q.db.Exec(`CREATE TABLE IF NOT EXISTS queue (n INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL)`); err != nil {
		return err
	}
	for text, stmt := range map[string]**sql.Stmt{
		`INSERT INTO queue (body) VALUES (?)`: &q.insert,
		`SELECT body FROM queue WHERE n = ?`:  &q.get,
		`DELETE FROM queue WHERE n = ?`:       &q.ack,
	} {
		if *stmt, err = q.db.Prepare(text); err != nil {
			return err
		}
	}
	return nil
}

func (q *sqliteQueue) exec(c sqliteCall) error {
	if q.group != nil {
		return q.group.do(c)
	}
	_, err := c.stmt.Exec(c.arg)
	return err
}

func (q *sqliteQueue) commit(calls []sqliteCall) error {
	tx, err := q.db.Begin()
	if err != nil {
		return err
	}
	for _, c := range calls {
		if _, err := tx.Stmt(c.stmt).Exec(c.arg); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func (q *sqliteQueue) Put(body []byte) error { return q.exec(sqliteCall{q.insert, body}) }

func (q *sqliteQueue) Drain(n, workers int, take func([]byte)) error {
	rows, err := q.db.Query(`SELECT n FROM queue ORDER BY n LIMIT ?`, n)
	if err != nil {
		return err
	}
	var numbers []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return errors.Join(err, rows.Close())
		}
		numbers = append(numbers, n)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return share(len(numbers), workers, func(i int) error {
		var body []byte
		if err := q.get.QueryRow(numbers[i]).Scan(&body); err != nil {
			return err
		}
		take(body)
		return q.exec(sqliteCall{q.ack, numbers[i]})
	})
}

func (q *sqliteQueue) Close() error {
	if q.group != nil {
		q.group.close()
	}
	return q.db.Close()
}
