// Package control is the Unix socket that puectl speaks to: what the terminal
// says of itself to a technician. HTTP and JSON, because every tool can speak
// them; peer credentials, because a local user is not a technician.
//
// No route leads to a citizen: the status says "busy", the queue has codes and
// times, a bundle is sealed to INPS, and the card reader is lent only while
// nobody is served.
package control
