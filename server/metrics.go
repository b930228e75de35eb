package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"freety/db"
	"freety/server/outbox"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what Prometheus reads. When they are off, there is no registry.
type metrics struct {
	registry *prometheus.Registry
	observe  func(route, method string, status int, took time.Duration)
	close    func()
}

// serveMetrics serves /metrics on an address of its own, because it is for the
// operator only. An empty address turns it off.
func serveMetrics(addr string, log *slog.Logger, failed chan<- error) (*metrics, error) {
	if addr == "" {
		return &metrics{close: func() {}}, nil
	}
	listener, err := listen("FREETY_METRICS_ADDR", addr)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "How long requests took, by the route's pattern.",
		Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120},
	}, []string{"route", "method", "status"})
	registry.MustRegister(requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}))
	stop := serveHTTP(listener, mux, func() {}, log, failed)
	log.Info("metrics are served", "address", listener.Addr().String())
	return &metrics{
		registry: registry,
		observe: func(route, method string, status int, took time.Duration) {
			if route == "" {
				route = "none" // not a path of the API
			}
			requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
		},
		close: func() {
			if err := stop(); err != nil {
				log.Warn("the listener for metrics", "error", err.Error())
			}
		},
	}, nil
}

// watch adds the statistics of the database's connections, and how far the outbox
// is behind.
func (m *metrics) watch(d *db.DB) {
	if m.registry != nil {
		m.registry.MustRegister(collectors.NewDBStatsCollector(d.DB, "freety"), collectors.NewDBStatsCollector(d.Searches.DB, "freety_searches"), backlog{d})
	}
}

// backlog reads the outbox's backlog whenever it is asked for. While the database
// does not answer, it has no values.
type backlog struct{ db *db.DB }

const backlogTime = 2 * time.Second

var (
	backlogTasks = prometheus.NewDesc("freety_outbox_due_tasks", "Tasks of the outbox that are due and not taken, counted up to 10,000.", nil, nil)
	backlogAge   = prometheus.NewDesc("freety_outbox_oldest_due_seconds", "How long ago the task of the outbox that waits longest became due.", nil, nil)
)

func (backlog) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- backlogTasks
	descriptions <- backlogAge
}

func (b backlog) Collect(values chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), backlogTime)
	defer cancel()
	found, err := outbox.ReadBacklog(ctx, b.db)
	if err != nil {
		return
	}
	values <- prometheus.MustNewConstMetric(backlogTasks, prometheus.GaugeValue, float64(found.Tasks))
	values <- prometheus.MustNewConstMetric(backlogAge, prometheus.GaugeValue, found.Age.Seconds())
}
