// Loads docker-compose.yml as docker compose does and prints what it has understood, as JSON.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[2:], cli.WithWorkingDirectory(os.Args[1]), cli.WithOsEnv, cli.WithDotEnv,
		cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(false))
	if err == nil {
		var project, failed = options.LoadProject(context.Background())
		if err = failed; err == nil {
			var text, failed = project.MarshalJSON()
			if err = failed; err == nil {
				fmt.Println(string(text))
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
