// Package sheets prints documents of INPS on A4, on a printer that others made: from
// the client alone and from a whole terminal. It lets everything go wrong that can.
package sheets
