// Package printer turns a [Document] into paper and says how sure it is that the
// paper came out.
//
// It promises three things. A result is [Printed] only when the printer itself
// answered, after the cut, that everything before it was done. No text, whatever
// card or server it comes from, can make the printer do anything but draw
// letters. And no call waits for ever: a printer that stalls, falls silent or is
// pulled out ends in a result with a reason.
//
// It refuses to guess: when bytes left and no confirmation came, the result is
// [Uncertain], and nothing is printed a second time by itself.
//
// [Setup.Encode] writes ESC/POS for a [Profile], which is a file in profiles/ and what
// the configuration has to say about it; [OpenSerial] opens the line; a
// [Printer] owns the line, watches the printer and prints one document at a time.
package printer
