// composecheck FILE…: reads compose files with the library that `docker compose` reads them with, all profiles on, and prints each
// service's name, image and profiles as a line of JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithDotEnv, cli.WithProfiles([]string{"*"}), cli.WithConsistency(true))
	if err == nil {
		project, failure := options.LoadProject(context.Background())
		if err = failure; err == nil {
			json.NewEncoder(os.Stdout).Encode(project)
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
