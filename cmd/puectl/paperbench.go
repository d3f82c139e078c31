package main

import (
	"flag"
	"fmt"

	"pue/devices/printer"
	"pue/kiosk/config"
)

// benchFlags say which printer to try out: the one of a configuration, with what it
// overrides, or any other by its device and profile.
type benchFlags struct {
	config, device, profile, flow *string
	baud                          *int
}

// defaultFlow is how most printers say wait.
const defaultFlow = string(printer.FlowRTS)

func takeBenchFlags(f *flag.FlagSet) benchFlags {
	return benchFlags{
		config: f.String("config", "", ""), device: f.String("device", "", ""), profile: f.String("profile", "", ""),
		flow: f.String("flow", defaultFlow, ""), baud: f.Int("baud", 0, ""),
	}
}

// bench is the printer that the flags name.
func (b benchFlags) bench(f *flag.FlagSet) (*paperBench, error) {
	switch {
	case *b.config != "" && *b.profile == "":
		return b.configured(f)
	case *b.config != "", *b.device == "", *b.profile == "":
		return nil, errUsage
	}
	p, err := printer.LookUp(*b.profile)
	if err != nil {
		return nil, err
	}
	return &paperBench{device: *b.device, profile: p, baud: *b.baud, flow: printer.Flow(*b.flow)}, nil
}

// configured is the printer of a terminal as pued drives it. What is given beside the
// file counts instead of what is in it.
func (b benchFlags) configured(f *flag.FlagSet) (*paperBench, error) {
	c, err := config.Load(*b.config)
	if err != nil {
		return nil, err
	}
	p, err := printer.LookUp(c.Printer.Profile)
	if err != nil {
		return nil, err
	}
	if p, err = p.With(c.Printer.Override); err != nil {
		return nil, fmt.Errorf("printer.override: %w", err)
	}
	bench := &paperBench{device: c.Printer.Device, profile: p, baud: c.Printer.Baud, flow: printer.Flow(c.Printer.Flow), logo: ownLogo(c.Printer.Logo)}
	f.Visit(func(given *flag.Flag) {
		switch given.Name {
		case "device":
			bench.device, bench.logo = *b.device, nil // it may be another printer
		case "baud":
			bench.baud = *b.baud
		case "flow":
			bench.flow = printer.Flow(*b.flow)
		}
	})
	return bench, nil
}

// ownLogo is the picture above the receipts of a terminal, nil when it cannot be read:
// then the printer keeps the one it has.
func ownLogo(file string) *printer.Picture {
	logo, err := printer.OpenLogo(file)
	if err != nil {
		return nil
	}
	return logo
}
