package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// request is one operation, in the form of test/vectors/items.json.
type request struct {
	Now   int64
	Store struct {
		Issuer, ClientID          string
		MaxSessionLifetimeSeconds int64
	}
	TableName string
	Operation string
	Input     struct {
		ID, Creation, Sub, Sid     string
		IDTokenIssuedAt, ExpiresAt int64
		Data                       json.RawMessage
		Parts                      []string
	}
}

// Does one operation a line of standard input, and answers with its outcome. DYNAMODB_ENDPOINT is that of the local run.
func main() {
	loaded, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	client := dynamodb.NewFromConfig(loaded, func(options *dynamodb.Options) {
		// In newer releases of the SDK: options.BaseEndpoint.
		options.EndpointResolver = dynamodb.EndpointResolverFromURL(os.Getenv("DYNAMODB_ENDPOINT"))
	})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var given request
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			log.Fatal(err)
		}
		answer, err := perform(client, given)
		if err != nil {
			log.Fatal(err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
			log.Fatal(err)
		}
	}
}

type answer = map[string]interface{}

func perform(client *dynamodb.Client, given request) (answer, error) {
	ctx := context.Background()
	sessions := sessionsOf(client, given)
	input := given.Input
	switch given.Operation {
	case "hash":
		return answer{"outcome": hashOf(input.Parts...)}, nil
	case "create":
		login := Login{Sub: input.Sub, Sid: input.Sid, IDTokenIssuedAt: input.IDTokenIssuedAt}
		id, err := sessions.Create(ctx, login, input.ExpiresAt, input.Data)
		return outcome(err, answer{"outcome": "created", "id": id})
	case "read":
		session, err := sessions.Read(ctx, input.ID)
		return outcome(err, answer{"outcome": readable(session, given)})
	case "save":
		err := sessions.Save(ctx, input.ID, input.Creation, input.Data, input.ExpiresAt)
		return outcome(err, answer{"outcome": "saved"})
	default:
		return outcome(sessions.SignOut(ctx, input.ID), answer{"outcome": "signed_out"})
	}
}

func outcome(err error, done answer) (answer, error) {
	if errors.Is(err, ErrLoggedOut) {
		return answer{"outcome": "logged_out"}, nil
	}
	if errors.Is(err, ErrSessionNotFound) {
		return answer{"outcome": "session_not_found"}, nil
	}
	return done, err
}

// With the time and the random bytes of the vector, where it has them.
func sessionsOf(client *dynamodb.Client, given request) *Sessions {
	sessions := &Sessions{
		Client:      client,
		TableName:   given.TableName,
		Issuer:      given.Store.Issuer,
		ClientID:    given.Store.ClientID,
		MaxLifetime: given.Store.MaxSessionLifetimeSeconds,
		Now:         time.Now,
		Random:      rand.Reader,
	}
	if given.Now != 0 {
		sessions.Now = func() time.Time { return time.Unix(given.Now, 0) }
	}
	if given.Operation == "create" && given.Input.ID != "" {
		id, _ := base64.RawURLEncoding.DecodeString(given.Input.ID)
		random, _ := base64.RawURLEncoding.DecodeString(given.Input.Creation[12:])
		sessions.Random = bytes.NewReader(append(id, random...))
	}
	return sessions
}

func readable(session *Session, given request) interface{} {
	if session == nil {
		return nil
	}
	members := answer{
		"idHash": session.IDHash, "creation": session.Creation,
		"issuer": given.Store.Issuer, "clientId": given.Store.ClientID,
		"sub": session.Login.Sub, "idTokenIssuedAt": session.Login.IDTokenIssuedAt,
		"createdAt": session.CreatedAt, "expiresAt": session.ExpiresAt, "latestExpiresAt": session.LatestExpiresAt,
		"data": session.Data,
	}
	if session.Login.Sid != "" {
		members["sid"] = session.Login.Sid
	}
	return members
}
