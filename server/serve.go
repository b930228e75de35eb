package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTime = 10 * time.Second
	// requestTime is enough for a photo over a phone's connection.
	requestTime    = 150 * time.Second
	idleTime       = 120 * time.Second
	maxHeaderBytes = 32 << 10
	drainTime      = 20 * time.Second
)

// serveHTTP serves on the listener. stop takes no more requests, calls
// endStreams, waits for the requests that are running, and cuts off those that
// take too long.
func serveHTTP(listener net.Listener, handler http.Handler, endStreams func(), log *slog.Logger, failed chan<- error) (stop func() error) {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: requestTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(endStreams)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("the listener failed: %w", err)
		}
	}()
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			log.Warn("requests were cut off because they took too long", "waited", drainTime.String())
			return server.Close()
		}
		return err
	}
}
