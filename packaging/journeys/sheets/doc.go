// Package sheets prints documents of INPS on A4, on a whole terminal and a printer
// that others made, and lets everything go wrong that can.
package sheets
