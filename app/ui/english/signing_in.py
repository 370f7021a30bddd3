"""What is said to those who sign in, and to those who may not."""

from typing import Final

SIGNING_IN: Final = {
    "Connecté : {who}": "Signed in: {who}",
    "Se connecter": "Sign in",
    "Se déconnecter": "Sign out",
    "La connexion n'est pas encore configurée, et cette page ne s'ouvre pas sans elle. Prévenez la personne "
    "qui administre l'application.": (
        "Sign-in is not set up yet, and this page does not open without it. Tell whoever administers the "
        "application."
    ),
    "Cette page est réservée. Connectez-vous avec le compte de votre établissement ; elle s'ouvre ensuite "
    "d'elle-même.": (
        "This page is restricted. Sign in with your institution's account; it then opens by itself."
    ),
    "Le compte {who} n'a pas accès à cette page. Connectez-vous avec un autre compte, ou demandez l'accès à "
    "la personne qui administre l'application.": (
        "The account {who} has no access to this page. Sign in with another account, or ask whoever "
        "administers the application for access."
    ),
}
