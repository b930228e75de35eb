package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"freety/config"
	"freety/db"

	"github.com/go-sql-driver/mysql"
)

// listen listens on the address of a setting.
func listen(setting, addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("the address %s is in use, perhaps by another Freety: stop that one, or set %s to another address", addr, setting)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		err = fmt.Errorf("this machine does not have the address %s: 127.0.0.1 is for callers on this machine alone, 0.0.0.0 for all", addr)
	case errors.Is(err, syscall.EACCES):
		err = fmt.Errorf("this user may not listen on %s: take a port above 1023", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return listener, nil
}

// unopened says of a database of the settings that cannot be used what to do.
func unopened(cfg config.Config, err error) error {
	if cfg.DatabaseDSN == "" {
		return err
	}
	remedy := "look at what the database says there"
	var refused *mysql.MySQLError
	switch {
	case errors.As(err, &refused) && refused.Number == 1045:
		remedy = "its user or password is wrong"
	case errors.As(err, &refused) && refused.Number == 1044:
		remedy = "its user has no rights on the database: GRANT ALL on it"
	case errors.As(err, &refused) && refused.Number == 1049:
		remedy = "there is no such database yet: CREATE DATABASE makes it, empty"
	case errors.Is(err, db.ErrUnavailable):
		remedy = "does the database run, and does this machine reach it?"
	}
	return fmt.Errorf("FREETY_DATABASE_DSN: %s (%w)", remedy, err)
}
