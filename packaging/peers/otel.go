package peers

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"
)

// otelQueue is the persistent sending queue of an OpenTelemetry exporter on the
// file storage extension with fsync on. Each body is one log record.
//
// The queue reads by itself. So that Put is measured alone, its consumer is held
// with a message in hand, an empty one that settle puts in; Drain lets it go on.
// There is one consumer: every operation of the queue waits for the same lock.
type otelQueue struct {
	storage component.Component
	logs    exporter.Logs
	inHand  chan []byte   // the consumer has read this and waits
	pass    chan struct{} // one for each body it may finish
	closing chan struct{}
	acked   chan struct{} // one for each body that is off the disk
	held    atomic.Bool
}

var errClosing = errors.New("the queue is being closed")

func openOTel(dir string) (Queue, error) {
	q := &otelQueue{
		inHand:  make(chan []byte, 1),
		pass:    make(chan struct{}),
		closing: make(chan struct{}),
		acked:   make(chan struct{}, 1),
	}
	if err := q.open(dir); err != nil {
		return nil, err
	}
	return q, nil
}

func (q *otelQueue) open(dir string) (err error) {
	ctx := context.Background()
	telemetry := component.TelemetrySettings{
		Logger:         zap.NewNop(),
		TracerProvider: tracenoop.NewTracerProvider(),
		MeterProvider:  noop.NewMeterProvider(),
		Resource:       pcommon.NewResource(),
	}
	factory := filestorage.NewFactory()
	config := factory.CreateDefaultConfig().(*filestorage.Config)
	config.Directory, config.FSync = dir, true
	storageID := component.NewID(factory.Type())
	q.storage, err = factory.Create(ctx, extension.Settings{ID: storageID, TelemetrySettings: telemetry}, config)
	if err != nil {
		return err
	}
	sending := exporterhelper.NewDefaultQueueConfig()
	sending.StorageID, sending.NumConsumers, sending.QueueSize = &storageID, 1, 1<<30
	sending.Batch = configoptional.None[exporterhelper.BatchConfig]()
	// With retries on, a consumer that is stopped leaves its message in the queue.
	retry := configretry.NewDefaultBackOffConfig()
	retry.InitialInterval, retry.MaxInterval, retry.MaxElapsedTime = time.Hour, time.Hour, 0
	kind := component.MustNewType("peer")
	q.logs, err = exporterhelper.NewLogs(ctx, exporter.Settings{ID: component.NewID(kind), TelemetrySettings: telemetry},
		config, q.consume, exporterhelper.WithQueue(configoptional.Some(sending)), exporterhelper.WithRetry(retry),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{}))
	if err != nil {
		return err
	}
	return q.logs.Start(ctx, host{storageID: &noticing{q.storage.(storage.Extension), q.acked}})
}

// consume holds each message until Drain lets it pass.
func (q *otelQueue) consume(_ context.Context, logs plog.Logs) error {
	select {
	case q.inHand <- logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Body().Bytes().AsRaw():
	case <-q.closing:
		return errClosing
	}
	q.held.Store(true)
	select {
	case <-q.pass:
		q.held.Store(false)
		return nil
	case <-q.closing:
		return errClosing
	}
}

func (q *otelQueue) Put(body []byte) error {
	logs := plog.NewLogs()
	record := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	record.Body().SetEmptyBytes().FromRaw(body)
	return q.logs.ConsumeLogs(context.Background(), logs)
}

// settle gives the consumer something to hold.
func (q *otelQueue) settle() error {
	if q.held.Load() {
		return nil
	}
	if err := q.Put(nil); err != nil {
		return err
	}
	q.inHand <- <-q.inHand
	return nil
}

func (q *otelQueue) Drain(n, _ int, take func([]byte)) error {
	for n > 0 {
		if body := <-q.inHand; len(body) > 0 {
			take(body)
			n--
		}
		q.pass <- struct{}{}
		<-q.acked
	}
	return nil
}

func (q *otelQueue) Close() error {
	close(q.closing)
	ctx := context.Background()
	return errors.Join(q.logs.Shutdown(ctx), q.storage.Shutdown(ctx))
}

// host is a collector with nothing but its storage.
type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// noticing is the file storage, and tells when the queue has deleted a message
// from it, which nothing else tells.
type noticing struct {
	storage.Extension
	acked chan<- struct{}
}

func (n *noticing) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	c, err := n.Extension.GetClient(ctx, kind, id, name)
	return &noticingClient{c, n.acked}, err
}

type noticingClient struct {
	storage.Client
	acked chan<- struct{}
}

func (c *noticingClient) Batch(ctx context.Context, ops ...*storage.Operation) error {
	err := c.Client.Batch(ctx, ops...)
	// An acknowledgement is the new metadata and one deletion, in this order.
	if err == nil && len(ops) == 2 && ops[0].Type == storage.Set && ops[1].Type == storage.Delete {
		c.acked <- struct{}{}
	}
	return err
}
