// Package tools_test tests the scripts of this folder.
package tools_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// project is a folder with the script and programs that only pretend, so that
// what it starts says "started".
func project(t *testing.T, dotenv string) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, script := range []string{"run", "setup"} {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		write("tools/"+script, string(text), 0o700)
	}
	write("programs/go", "#!/bin/sh\nmkdir -p bin\nif [ $3 = bin/lan ]; then printf '#!/bin/sh\\necho 192.168.0.23\\n' > bin/lan && exec chmod +x bin/lan; fi\n"+
		"printf '#!/bin/sh\\necho \"on $FREETY_ADDR, URL <$FREETY_PUBLIC_URL>\"\\necho started \"$@\"\\n' > bin/freety && chmod +x bin/freety\n", 0o700)
	write("programs/mariadbd", "#!/bin/sh\n", 0o700)
	write("programs/curl", "#!/bin/sh\n", 0o700)
	if dotenv != "" {
		write(".env", dotenv, 0o600)
	}
	for _, dir := range []string{"data", "other data"} {
		for _, name := range []string{"mariadb/data/ibdata1", "mariadb/lock", "photos/ab/12/ab12.jpg", "mails/1.eml", "jwt-keys", "notes.txt"} {
			write(filepath.Join(dir, name), "x", 0o600)
		}
	}
	return root
}

// run runs the script with those settings and no others.
func run(t *testing.T, root string, args []string, env ...string) (output string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "tools/run"), args...)
	cmd.Env = append(env, "HOME="+root, "PATH="+filepath.Join(root, "programs")+":"+os.Getenv("PATH"))
	text, err := cmd.CombinedOutput()
	return string(text), err
}

func entries(t *testing.T, dir string) string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(found))
	for i, entry := range found {
		names[i] = entry.Name()
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestOnTheLANItListensForPhones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   []string
		dotenv string
		want   string
	}{
		{[]string{"--lan"}, "", "on 192.168.0.23:8080, URL <>\nstarted\n"},
		{[]string{"--lan", "--fresh", "x"}, "FREETY_ADDR=127.0.0.1:9090\nFREETY_PUBLIC_URL=https://api.freety.example\n", "on 192.168.0.23:9090, URL <>\nstarted x\n"},
		{[]string{"--fresh", "--lan"}, "", "on 192.168.0.23:8080, URL <>\nstarted\n"},
	} {
		root := project(t, c.dotenv)
		output, err := run(t, root, c.args)
		isFresh := !strings.Contains(entries(t, filepath.Join(root, "data")), "mariadb")
		if err != nil || !strings.HasSuffix(output, c.want) || !strings.Contains(output, "phones on the same Wi-Fi reach this server at http://192.168.0.23:") || isFresh != slices.Contains(c.args, "--fresh") {
			t.Errorf("%v: %v: %s", c.args, err, output)
		}
	}
	root := project(t, "")
	if output, err := run(t, root, nil, "FREETY_ADDR=127.0.0.1:1"); err != nil || !strings.Contains(output, "on 127.0.0.1:1,") || strings.Contains(output, "Wi-Fi") {
		t.Errorf("without --lan: %v: %s", err, output)
	}
}

const everything = "jwt-keys mails mariadb notes.txt photos"

func TestRunKeepsTheData(t *testing.T) {
	t.Parallel()
	root := project(t, "")
	output, err := run(t, root, []string{"--one", "two words"})
	if err != nil || !strings.HasSuffix(output, "started --one two words\n") || entries(t, filepath.Join(root, "data")) != everything {
		t.Errorf("%v: %s", err, output)
	}
}

func TestFreshRemovesWhatTheServerKeeps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dotenv  string
		env     []string
		removed string
	}{
		"by default":                     {"", nil, "data"},
		"as .env says":                   {"FREETY_DATA_DIR=\"./other data\"\n", nil, "other data"},
		"as the environment says":        {"FREETY_DATA_DIR=./data\n", []string{"FREETY_DATA_DIR=./other data"}, "other data"},
		"as an empty variable says":      {"FREETY_DATA_DIR='./other data'\n", []string{"FREETY_DATA_DIR="}, "data"},
		"with an empty DSN over another": {"FREETY_DATABASE_DSN=root@tcp(db:3306)/freety\n", []string{"FREETY_DATABASE_DSN="}, "data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := project(t, c.dotenv)
			output, err := run(t, root, []string{"--fresh"}, c.env...)
			if err != nil || !strings.HasSuffix(output, "started\n") || !strings.Contains(output, "Removing ./"+c.removed+"/mariadb\n") {
				t.Errorf("%v: %s", err, output)
			}
			for _, dir := range []string{"data", "other data"} {
				want := everything
				if dir == c.removed {
					want = "notes.txt"
				}
				if got := entries(t, filepath.Join(root, dir)); got != want {
					t.Errorf("in %s is %s, want %s", dir, got, want)
				}
			}
		})
	}
}

func TestFreshRefusesWhatMayBeSomebodysData(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]string{
		"FREETY_DATABASE_DSN is set": "FREETY_DATABASE_DSN=root@tcp(db:3306)/freety",
		"FREETY_DEMO says":           "FREETY_DEMO=false",
	} {
		for _, dotenv := range []bool{false, true} {
			root, vars := project(t, ""), []string{env}
			if dotenv {
				root, vars = project(t, env+"\n"), nil
			}
			output, err := run(t, root, []string{"--fresh"}, vars...)
			if err == nil || !strings.Contains(output, want) || entries(t, filepath.Join(root, "data")) != everything {
				t.Errorf("%s, in .env %t: %v: %s", env, dotenv, err, output)
			}
		}
	}
}

func TestFreshRefusesTheDataOfARunningServer(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("without the program flock nobody can tell")
	}
	root := project(t, "")
	lock, err := os.Open(filepath.Join(root, "data/mariadb/lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	output, err := run(t, root, []string{"--fresh"})
	if err == nil || !strings.Contains(output, "a server runs on ./data") || entries(t, filepath.Join(root, "data")) != everything {
		t.Errorf("%v: %s", err, output)
	}
}

func TestFreshLeavesAFolderOfOthersAlone(t *testing.T) {
	t.Parallel()
	root := project(t, "")
	if err := os.RemoveAll(filepath.Join(root, "data/mariadb")); err != nil {
		t.Fatal(err)
	}
	output, err := run(t, root, []string{"--fresh"})
	if err != nil || !strings.HasSuffix(output, "started\n") || entries(t, filepath.Join(root, "data")) != "jwt-keys mails notes.txt photos" {
		t.Errorf("%v: %s", err, output)
	}
}
