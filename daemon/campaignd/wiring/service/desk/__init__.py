"""The service's side of the API's desk: what routes ask for, done with its parts."""
